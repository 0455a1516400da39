/**
 * A flow being drawn: a Yjs document and everything that can be done to it. The form is the server's
 * (flow_editor/drafts/shape.py). Knows no React and no network; nothing here says whether a flow is sound.
 */
import * as Y from "yjs";
import { renamed } from "../../rehearsals/model";

/** The origin of what this person does: only that is undone by them. */
export const ME = "me";
/** The origin of what others have done. */
export const OTHERS = "others";

export interface Point {
  x: number;
  y: number;
}

export interface Step extends Point {
  kind: string;
  title: string;
  settings: Record<string, unknown>;
}

export interface Note extends Point {
  text: string;
  width: number;
  height: number;
}

/** An arrow: by which exit of which step, and to which. */
export interface Arrow {
  source: string;
  exit: string;
  target: string;
}

/** Steps, arrows and notes on their own: what is copied. `of`: so that nothing else on the clipboard is taken for it. */
export interface Fragment {
  of: "careline";
  steps: Record<string, Step>;
  arrows: Arrow[];
  notes: Record<string, Note>;
}

export interface FlowFacts {
  name: string;
  description: string;
  languages: string[];
  start: string | null;
  catchAll: string | null;
}

const ROOTS = ["flow", "nodes", "edges", "notes", "rehearsals"] as const;

export function arrowKey(source: string, exit: string): string {
  return `${source}/${exit}`;
}

export function arrowOf(key: string, target: string): Arrow {
  const at = key.indexOf("/");
  return { source: key.slice(0, at), exit: key.slice(at + 1), target };
}

/** An id that nobody else makes at the same time. */
export function newId(prefix: string): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  const tail = Array.from(random, (part) => part.toString(36).padStart(7, "0")).join("");
  return `${prefix.slice(0, 20)}_${tail.slice(0, 12)}`;
}

type Inner = Y.Map<unknown>;

export class Drawing {
  readonly doc: Y.Doc;
  readonly flow: Inner;
  readonly nodes: Y.Map<Inner>;
  readonly edges: Y.Map<string>;
  readonly notes: Y.Map<Inner>;
  readonly rehearsals: Inner;
  /** Takes back what this person did, and nothing of what others did. */
  readonly undoing: Y.UndoManager;

  constructor(doc = new Y.Doc()) {
    this.doc = doc;
    this.flow = doc.getMap("flow");
    this.nodes = doc.getMap("nodes");
    this.edges = doc.getMap("edges");
    this.notes = doc.getMap("notes");
    this.rehearsals = doc.getMap("rehearsals");
    this.undoing = new Y.UndoManager(
      ROOTS.map((root) => doc.getMap(root)),
      { trackedOrigins: new Set([ME]), captureTimeout: 400 },
    );
  }

  /** Everything inside is one change: told to others at once, undone at once. */
  change<T>(work: () => T): T {
    return this.doc.transact(work, ME);
  }

  /** The next change is undone by itself, however soon it follows. */
  apart(): void {
    this.undoing.stopCapturing();
  }

  // -- reading

  step(id: string): Step | undefined {
    const node = this.nodes.get(id);
    const kind = node instanceof Y.Map ? node.get("kind") : undefined;
    if (!(node instanceof Y.Map) || typeof kind !== "string" || !kind) return undefined;
    const settings = node.get("settings");
    return {
      kind,
      title: text(node.get("title")),
      x: coordinate(node.get("x")),
      y: coordinate(node.get("y")),
      settings: settings instanceof Y.Map ? settings.toJSON() : plain(settings),
    };
  }

  /** A step's title and kind, without reading all that is set in it. */
  named(id: string): { title: string; kind: string } {
    const node = this.nodes.get(id);
    return node instanceof Y.Map
      ? { title: text(node.get("title")), kind: text(node.get("kind")) }
      : { title: "", kind: "" };
  }

  note(id: string): Note | undefined {
    const note = this.notes.get(id);
    if (!(note instanceof Y.Map)) return undefined;
    return {
      text: text(note.get("text")),
      x: coordinate(note.get("x")),
      y: coordinate(note.get("y")),
      width: coordinate(note.get("width")) || 200,
      height: coordinate(note.get("height")) || 120,
    };
  }

  /** Arrows between steps that are there. */
  arrows(): Arrow[] {
    const found: Arrow[] = [];
    for (const [key, target] of this.edges) {
      const arrow = arrowOf(key, target);
      if (arrow.source && arrow.exit && this.isStep(arrow.source) && this.isStep(target)) found.push(arrow);
    }
    return found;
  }

  isStep(id: string): boolean {
    const node = this.nodes.get(id);
    return node instanceof Y.Map && typeof node.get("kind") === "string";
  }

  stepIds(): string[] {
    return [...this.nodes.keys()].filter((id) => this.isStep(id));
  }

  facts(): FlowFacts {
    const languages = this.flow.get("languages");
    const known = Array.isArray(languages) ? languages.filter((one): one is string => typeof one === "string") : [];
    return {
      name: text(this.flow.get("name")),
      description: text(this.flow.get("description")),
      languages: known.length ? known : ["en"],
      start: text(this.flow.get("start")) || null,
      catchAll: text(this.flow.get("catch_all")) || null,
    };
  }

  // -- drawing

  /** A new step; the first one of a flow is where calls begin. */
  addStep(kind: string, at: Point, title: string, settings: Record<string, unknown> = {}): string {
    const id = newId(kind);
    this.change(() => {
      this.putStep(id, { kind, title: this.freeTitle(title), ...at, settings });
      if (!this.isStep(text(this.flow.get("start")))) this.flow.set("start", id);
    });
    return id;
  }

  private putStep(id: string, { settings, ...step }: Step): void {
    const inner = new Y.Map<unknown>(Object.entries({ ...step, x: Math.round(step.x), y: Math.round(step.y) }));
    inner.set("settings", new Y.Map(Object.entries(settings)));
    this.nodes.set(id, inner);
  }

  /** The title, with a number behind it where another step has it already. */
  private freeTitle(wanted: string): string {
    const taken = new Set(this.stepIds().map((id) => text(this.nodes.get(id)?.get("title"))));
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) {
      if (!taken.has(`${wanted} ${number}`)) return `${wanted} ${number}`;
    }
  }

  addNote(at: Point, words = ""): string {
    const id = newId("note");
    this.change(() =>
      this.notes.set(id, new Y.Map<unknown>(Object.entries({ text: words, ...at, width: 220, height: 140 }))),
    );
    return id;
  }

  /** Steps and notes elsewhere now. */
  move(places: ReadonlyMap<string, Point>): void {
    this.change(() => {
      for (const [id, { x, y }] of places) {
        const inner = this.nodes.get(id) ?? this.notes.get(id);
        if (!inner) continue;
        const [nextX, nextY] = [Math.round(x), Math.round(y)];
        if (inner.get("x") !== nextX) inner.set("x", nextX);
        if (inner.get("y") !== nextY) inner.set("y", nextY);
      }
    });
  }

  /** Take steps and notes away, with the arrows from and to them. */
  remove(ids: Iterable<string>): void {
    const going = new Set(ids);
    this.change(() => {
      for (const [key, target] of [...this.edges]) {
        if (going.has(target) || going.has(arrowOf(key, target).source)) this.edges.delete(key);
      }
      for (const id of going) {
        this.nodes.delete(id);
        this.notes.delete(id);
      }
      for (const end of ["start", "catch_all"]) {
        if (going.has(text(this.flow.get(end)))) this.flow.set(end, null);
      }
    });
  }

  connect(source: string, exit: string, target: string): void {
    const key = arrowKey(source, exit);
    if (this.edges.get(key) === target) return;
    this.change(() => this.edges.set(key, target));
  }

  disconnect(keys: Iterable<string>): void {
    this.change(() => {
      for (const key of keys) this.edges.delete(key);
    });
  }

  /** Lead an arrow through a step: into it, and out of it by one of its exits to where it led before. */
  leadThrough(key: string, step: string, exit: string | undefined): void {
    const target = this.edges.get(key);
    if (target === undefined || target === step) return;
    this.change(() => {
      this.edges.set(key, step);
      if (exit !== undefined) this.edges.set(arrowKey(step, exit), target);
    });
  }

  /** A step's title; rehearsals that call the step by it go on meaning it. */
  rename(id: string, title: string): void {
    const node = this.nodes.get(id);
    const old = text(node?.get("title"));
    const next = title.slice(0, 120);
    if (!node || old === next) return;
    const alone = !this.stepIds().some((other) => other !== id && this.nodes.get(other)?.get("title") === old);
    this.change(() => {
      node.set("title", next);
      if (!old || !next || !alone) return;
      for (const [key, kept] of [...this.rehearsals]) {
        const now = renamed(plain(kept), old, next);
        if (now !== kept && typeof kept === "object") this.rehearsals.set(key, now);
      }
    });
  }

  /** One setting of a step; undefined gives it back what it is born with. */
  set(id: string, name: string, value: unknown): void {
    const node = this.nodes.get(id);
    if (!node) return;
    this.change(() => {
      let settings = node.get("settings");
      if (!(settings instanceof Y.Map)) {
        settings = new Y.Map(Object.entries(plain(settings)));
        node.set("settings", settings);
      }
      if (value === undefined) (settings as Inner).delete(name);
      else (settings as Inner).set(name, value);
    });
  }

  setNote(id: string, values: Partial<Note>): void {
    const note = this.notes.get(id);
    if (!note) return;
    this.change(() => {
      for (const [name, value] of Object.entries(values)) if (note.get(name) !== value) note.set(name, value);
    });
  }

  setFacts(facts: Partial<FlowFacts>): void {
    this.change(() => {
      for (const [name, value] of Object.entries(facts)) {
        this.flow.set(name === "catchAll" ? "catch_all" : name, value);
      }
    });
  }

  // -- copying

  /** These steps and notes, and the arrows among them. */
  fragment(ids: Iterable<string>): Fragment {
    const steps: Record<string, Step> = {};
    const notes: Record<string, Note> = {};
    for (const id of ids) {
      const step = this.step(id);
      const note = this.note(id);
      if (step) steps[id] = step;
      else if (note) notes[id] = note;
    }
    const arrows = this.arrows().filter(({ source, target }) => source in steps && target in steps);
    return { of: "careline", steps, arrows, notes };
  }

  /** Put a fragment in, with its top left at a point; returns the ids of what is new. */
  paste(fragment: Fragment, at: Point): string[] {
    const things = [...Object.values(fragment.steps), ...Object.values(fragment.notes)];
    const left = Math.min(...things.map((thing) => thing.x));
    const top = Math.min(...things.map((thing) => thing.y));
    const place = (thing: Point) => ({ x: at.x + thing.x - left, y: at.y + thing.y - top });
    const ids = new Map(Object.entries(fragment.steps).map(([id, step]) => [id, newId(step.kind)]));
    const made: string[] = [];
    this.change(() => {
      for (const [id, step] of Object.entries(fragment.steps)) {
        const copy = ids.get(id) as string;
        this.putStep(copy, { ...step, ...place(step), title: this.freeTitle(step.title) });
        made.push(copy);
      }
      for (const { source, exit, target } of fragment.arrows) {
        const [from, to] = [ids.get(source), ids.get(target)];
        if (from && to) this.edges.set(arrowKey(from, exit), to);
      }
      for (const note of Object.values(fragment.notes)) {
        const id = newId("note");
        this.notes.set(id, new Y.Map<unknown>(Object.entries({ ...note, ...place(note) })));
        made.push(id);
      }
      const first = made[0];
      if (first && !this.isStep(text(this.flow.get("start"))) && this.isStep(first)) this.flow.set("start", first);
    });
    return made;
  }
}

/** What is on a clipboard, if it is steps of a flow. Whatever else somebody has copied is null. */
export function fragmentFrom(clipboard: string): Fragment | null {
  let found: unknown;
  try {
    found = JSON.parse(clipboard);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null || (found as { of?: unknown }).of !== "careline") return null;
  const { steps, arrows, notes } = found as Record<string, unknown>;
  const fragment: Fragment = { of: "careline", steps: {}, arrows: [], notes: {} };
  for (const [id, value] of Object.entries(plain(steps)).slice(0, 2000)) {
    const step = plain(value);
    if (typeof step.kind !== "string" || !step.kind) continue;
    fragment.steps[id] = {
      kind: step.kind,
      title: text(step.title),
      x: coordinate(step.x),
      y: coordinate(step.y),
      settings: plain(step.settings),
    };
  }
  for (const [id, value] of Object.entries(plain(notes)).slice(0, 500)) {
    const note = plain(value);
    fragment.notes[id] = {
      text: text(note.text),
      x: coordinate(note.x),
      y: coordinate(note.y),
      width: coordinate(note.width) || 220,
      height: coordinate(note.height) || 140,
    };
  }
  for (const value of Array.isArray(arrows) ? arrows : []) {
    const { source, exit, target } = plain(value);
    if (typeof source === "string" && typeof exit === "string" && typeof target === "string") {
      fragment.arrows.push({ source, exit, target });
    }
  }
  return Object.keys(fragment.steps).length + Object.keys(fragment.notes).length ? fragment : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function coordinate(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function plain(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
