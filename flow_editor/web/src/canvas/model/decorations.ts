/**
 * Marks that other features put on steps and arrows: what is added or changed, how many callers are there, which way a test
 * call went. Each feature has a name and replaces its own marks only.
 */
import { createContext, type ReactNode, useContext } from "react";
import type { Note, Step } from "./drawing";
import { Keyed, useKeyed, Watched } from "./keyed";

export interface Decoration {
  /** Compared with another version. */
  mark?: "added" | "changed" | "removed";
  /** A call has come by here; "now" where it is. */
  lit?: "path" | "now";
  /** Shown on the card's upper edge, or at the arrow's middle: a count, say. */
  badge?: ReactNode;
  /** The same in words, for screen readers. */
  words?: string;
  /** Shown at an exit of the step, by its name. */
  exits?: Readonly<Record<string, ReactNode>>;
}

/** A step or note that is not in the flow as drawn, such as one that was removed since: shown, and left alone. */
export interface Ghosts {
  steps: Readonly<Record<string, Step>>;
  notes?: Readonly<Record<string, Note>>;
}

export class Decorations {
  private readonly sources = new Map<string, ReadonlyMap<string, Decoration>>();
  private readonly merged = new Keyed<Decoration>();
  readonly ghosts = new Watched<Ghosts>({ steps: {} });

  /** What one feature marks: by the step's id, or the arrow's key (step/exit). An empty map takes its marks away. */
  set(source: string, marks: ReadonlyMap<string, Decoration>): void {
    if (marks.size) this.sources.set(source, marks);
    else this.sources.delete(source);
    const all = new Map<string, Decoration>();
    for (const from of this.sources.values()) {
      for (const [key, mark] of from) all.set(key, { ...all.get(key), ...mark });
    }
    for (const [key, mark] of all) {
      const before = this.merged.get(key);
      if (before && same(before, mark)) all.set(key, before);
    }
    this.merged.replace(all);
  }

  get keyed(): Keyed<Decoration> {
    return this.merged;
  }
}

function same(one: Decoration, other: Decoration): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Decoration>;
  return [...keys].every((key) => one[key] === other[key]);
}

export const DecorationsContext = createContext(new Decorations());

/** The marks of a step (by its id) or an arrow (by its key, step/exit). */
export function useDecorations(key: string): Decoration | undefined {
  return useKeyed(useContext(DecorationsContext).keyed, key);
}
