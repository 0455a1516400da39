/** One flow on the canvas, for whatever is shown around it: panels, buttons in the header, fields. */
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { Connection } from "./model/connection";
import type { Decorations } from "./model/decorations";
import type { Drawing, FlowFacts, Point, Step } from "./model/drawing";
import { useWatched, type Watched } from "./model/keyed";
import type { Looks } from "./model/looks";
import type { View } from "./model/view";

/** Where a new step goes: behind an exit, onto an arrow, or to a place. */
export interface Place {
  at?: Point;
  after?: { step: string; exit?: string };
  onArrow?: string;
}

export interface Canvas {
  /** The flow's id. */
  flow: string;
  /** What is drawn, and all that can be done to it. */
  drawing: Drawing;
  /** How it looks, what is wrong, and what callers hear now: as the server says. */
  looks: Looks;
  /** Cards, arrows, what is selected. */
  view: View;
  /** Marks that features put on steps and arrows. */
  decorations: Decorations;
  /** None where the canvas shows a version that nobody draws on. */
  connection: Connection | null;
  mayDraw: boolean;
  /** The side panel that is open (panels.ts), or null: the form of what is selected. */
  panel: Watched<string | null>;
  /** Select a step, bring it into view; with a setting, put the cursor there. */
  jumpTo(step: string, setting?: string | null): void;
  /** Add a step of a kind, select it, and say so. */
  add(kind: string, place: Place): void;
  /** Ask for a kind, then add it. */
  askToAdd(place: Place): void;
  /** Say something to screen readers. */
  announce(words: string): void;
  /** A step's title, or what its kind is called. */
  titleOf(step: string): string;
}

export const CanvasContext = createContext<Canvas | null>(null);

export function useCanvas(): Canvas {
  const canvas = useContext(CanvasContext);
  if (!canvas) throw new Error("outside of a canvas");
  return canvas;
}

/** What concerns the whole flow: watched. */
export function useFacts(): FlowFacts {
  const { drawing } = useCanvas();
  const watch = useCallback(
    (callback: () => void) => {
      drawing.flow.observe(callback);
      return () => drawing.flow.unobserve(callback);
    },
    [drawing],
  );
  // A string is the same as before when nothing has changed.
  const facts = useSyncExternalStore(watch, () => JSON.stringify(drawing.facts()));
  return JSON.parse(facts) as FlowFacts;
}

/** One step with its settings: watched. */
export function useStep(id: string): Step | undefined {
  const { drawing } = useCanvas();
  const watch = useCallback(
    (callback: () => void) => {
      drawing.nodes.observeDeep(callback);
      return () => drawing.nodes.unobserveDeep(callback);
    },
    [drawing],
  );
  const step = useSyncExternalStore(watch, () => JSON.stringify(drawing.step(id)));
  return step === undefined ? undefined : (JSON.parse(step) as Step);
}

export { useWatched };
