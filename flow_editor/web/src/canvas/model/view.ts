/**
 * The drawing as React Flow wants it: an array of cards and one of arrows, where only what has changed is another object.
 * Selection and what is being dragged are here and nowhere else: they are not part of the flow.
 */
import { applyNodeChanges, type Edge, type EdgeChange, type Node, type NodeChange } from "@xyflow/react";
import * as Y from "yjs";
import type { Ghosts } from "./decorations";
import { arrowKey, type Drawing, type Point } from "./drawing";
import { Watched } from "./keyed";
import type { Looks } from "./looks";
import { heightOf, portsOf, type Shape, TARGET, WIDTH } from "./measure";

export type StepNode = Node<{ kind: string; title: string; ghost?: boolean }, "step">;
export type NoteNode = Node<{ text: string; ghost?: boolean }, "note">;
export type Card = StepNode | NoteNode;
export type ArrowEdge = Edge<Record<string, never>, "arrow">;

export interface Selection {
  steps: string[];
  notes: string[];
  arrows: string[];
}

const NOTHING: Selection = { steps: [], notes: [], arrows: [] };
/** What a card measures of whose exits nothing is known. */
export const CARD = { width: WIDTH, height: heightOf({ exits: [""], summary: true }) };

/** The exits that a kind of step is born with, by the kind's name. */
interface Born {
  get(kind: string): { fields: { "x-exits"?: readonly { name: string }[] } } | undefined;
}

export class View {
  readonly cards = new Watched<Card[]>([]);
  readonly arrows = new Watched<ArrowEdge[]>([]);
  /** Every step by its title: the same array as long as none comes, goes or is renamed, however much they are dragged. */
  readonly steps = new Watched<readonly { id: string; title: string; kind: string }[]>([]);
  readonly selection = new Watched<Selection>(NOTHING);
  /** The step that the keyboard is at. */
  readonly current = new Watched<string | null>(null);
  /** The arrow under the pointer. */
  readonly hovered = new Watched<string | null>(null);
  /** What is being dragged here, and where it is. */
  readonly dragged = new Watched<ReadonlyMap<string, Point>>(new Map());
  /** The same of others, who have not dropped it yet. */
  private away: ReadonlyMap<string, Point> = new Map();
  private ghosts: Card[] = [];
  private readonly shapes = new Map<string, string>();

  constructor(
    readonly drawing: Drawing,
    private readonly looks: Looks,
    private readonly kinds: Born,
  ) {
    this.refreshAll();
  }

  /** Be as the drawing is from now on, and as large as how it looks makes it; returns what ends it. */
  follow(): () => void {
    const looked = new Set<string>();
    const seen = this.looks.nodes.watchAll((id) => {
      if (!looked.size) {
        queueMicrotask(() => {
          this.refresh(new Set(looked));
          looked.clear();
        });
      }
      looked.add(id);
    });
    const { nodes, notes, edges } = this.drawing;
    const cardsChanged = (events: Y.YEvent<Y.AbstractType<unknown>>[]) => this.refresh(changedIds(events));
    const arrowsChanged = () => this.refreshArrows();
    nodes.observeDeep(cardsChanged);
    notes.observeDeep(cardsChanged);
    edges.observe(arrowsChanged);
    this.refreshAll();
    return () => {
      seen();
      nodes.unobserveDeep(cardsChanged);
      notes.unobserveDeep(cardsChanged);
      edges.unobserve(arrowsChanged);
    };
  }

  private refreshAll(): void {
    const known = this.cards.get().map(({ id }) => id);
    this.refresh(new Set([...this.drawing.nodes.keys(), ...this.drawing.notes.keys(), ...known]));
    this.refreshArrows();
  }

  // -- from the drawing

  private refresh(ids: ReadonlySet<string>): void {
    if (!ids.size) return;
    const before = new Map(this.cards.get().map((card) => [card.id, card]));
    let order = false;
    for (const id of ids) {
      const card = this.card(id, before.get(id));
      if (card === undefined) order = before.delete(id) || order;
      else {
        order ||= !before.has(id);
        before.set(id, card);
      }
    }
    this.cards.set([...before.values()]);
    this.refreshSteps();
    if (order) {
      this.refreshArrows();
      this.reselect();
    }
    const current = this.current.get();
    if (current === null || !before.has(current)) this.current.set(this.firstStep());
  }

  private shapeOf(id: string, kind: string): Shape {
    const look = this.looks.nodes.get(id);
    const exits = look?.exits ?? this.kinds.get(kind)?.fields["x-exits"] ?? [];
    return { exits: exits.map(({ name }) => name), summary: Boolean(look?.summary) };
  }

  private refreshSteps(): void {
    const steps = this.cards.get().flatMap((card) => {
      if (card.type !== "step" || card.data.ghost) return [];
      return { id: card.id, title: card.data.title, kind: card.data.kind };
    });
    if (JSON.stringify(steps) !== JSON.stringify(this.steps.get())) this.steps.set(steps);
  }

  private card(id: string, before: Card | undefined): Card | undefined {
    const step = this.drawing.step(id);
    if (step) {
      const { kind, title, x, y } = step;
      const old = before?.type === "step" ? before : undefined;
      const data = old?.data.kind === kind && old.data.title === title ? old.data : { kind, title };
      const position = old?.dragging ? old.position : (this.away.get(id) ?? { x, y });
      const shape = this.shapeOf(id, kind);
      const key = `${shape.summary} ${shape.exits.join("\n")}`;
      const size = old && this.shapes.get(id) === key ? {} : measures(shape);
      this.shapes.set(id, key);
      return { ...cardBorn, ...old, ...size, id, type: "step", position, data };
    }
    const note = this.drawing.note(id);
    if (!note) return undefined;
    const old = before?.type === "note" ? before : undefined;
    const data = old?.data.text === note.text ? old.data : { text: note.text };
    const position = old?.dragging ? old.position : (this.away.get(id) ?? { x: note.x, y: note.y });
    const { width, height } = old?.resizing ? old : note;
    return { ...noteBorn, ...old, id, type: "note", position, data, width, height } as NoteNode;
  }

  private refreshArrows(): void {
    const before = new Map(this.arrows.get().map((arrow) => [arrow.id, arrow]));
    this.arrows.set(
      this.drawing.arrows().map(({ source, exit, target }) => {
        const id = arrowKey(source, exit);
        const old = before.get(id);
        if (old?.target === target) return old;
        const ends = { source, sourceHandle: exit, target, targetHandle: TARGET };
        return { id, type: "arrow", ...ends, selected: old?.selected ?? false, focusable: false } as ArrowEdge;
      }),
    );
    this.reselect();
  }

  private firstStep(): string | null {
    const { start } = this.drawing.facts();
    return start && this.drawing.isStep(start)
      ? start
      : (this.cards.get().find((card) => card.type === "step")?.id ?? null);
  }

  /** Show these steps and notes where others are dragging them, and what they drag no more where the drawing has it. */
  setAway(places: ReadonlyMap<string, Point>): void {
    const before = this.away;
    const same = (id: string) => places.get(id)?.x === before.get(id)?.x && places.get(id)?.y === before.get(id)?.y;
    const changed = [...before.keys(), ...places.keys()].filter((id) => !same(id));
    this.away = places;
    this.refresh(new Set(changed));
  }

  /** Steps that are shown and are not in the flow. */
  setGhosts({ steps, notes = {} }: Ghosts): void {
    const still = { draggable: false, selectable: false, connectable: false };
    this.ghosts = [
      ...Object.entries(steps)
        .filter(([id]) => !this.drawing.isStep(id))
        .map(
          ([id, { kind, title, x, y }]): StepNode => ({
            ...cardBorn,
            ...still,
            ...measures(this.shapeOf(id, kind)),
            id,
            type: "step",
            position: { x, y },
            data: { kind, title, ghost: true },
          }),
        ),
      ...Object.entries(notes).map(
        ([id, { text, x, y, width, height }]): NoteNode => ({
          ...noteBorn,
          ...still,
          id,
          type: "note",
          position: { x, y },
          data: { text, ghost: true },
          width,
          height,
        }),
      ),
    ];
    const kept = this.cards.get().filter((card) => !card.data.ghost);
    this.cards.set([...kept, ...this.ghosts]);
  }

  // -- from React Flow

  readonly onCardsChange = (changes: NodeChange<Card>[]): void => {
    this.cards.set(applyNodeChanges(changes, this.cards.get()));
    if (changes.some((change) => change.type === "select")) this.reselect();
    if (changes.some((change) => change.type === "position")) this.redrag();
  };

  readonly onArrowsChange = (changes: EdgeChange<ArrowEdge>[]): void => {
    const selected = new Map(
      changes.flatMap((change) => (change.type === "select" ? [[change.id, change.selected]] : [])),
    );
    if (!selected.size) return;
    this.arrows.set(
      this.arrows.get().map((arrow) => {
        const now = selected.get(arrow.id);
        return now === undefined || now === arrow.selected ? arrow : { ...arrow, selected: now };
      }),
    );
    this.reselect();
  };

  private redrag(): void {
    const dragged = this.cards
      .get()
      .flatMap(({ id, dragging, position }): [string, Point][] => (dragging ? [[id, position]] : []));
    if (dragged.length || this.dragged.get().size) this.dragged.set(new Map(dragged));
  }

  private reselect(): void {
    const selection: Selection = {
      steps: this.cards.get().flatMap((card) => (card.selected && card.type === "step" ? [card.id] : [])),
      notes: this.cards.get().flatMap((card) => (card.selected && card.type === "note" ? [card.id] : [])),
      arrows: this.arrows.get().flatMap((arrow) => (arrow.selected ? [arrow.id] : [])),
    };
    if (JSON.stringify(selection) === JSON.stringify(this.selection.get())) return;
    this.selection.set(selection);
    const last = selection.steps.at(-1);
    if (last && !selection.steps.includes(this.current.get() ?? "")) this.current.set(last);
  }

  // -- from us

  /** Select these steps, notes and arrows, and nothing else. */
  select(ids: Iterable<string>): void {
    const wanted = new Set(ids);
    const mark = <T extends { id: string; selected?: boolean }>(thing: T): T =>
      Boolean(thing.selected) === wanted.has(thing.id) ? thing : { ...thing, selected: wanted.has(thing.id) };
    this.cards.set(this.cards.get().map(mark));
    this.arrows.set(this.arrows.get().map(mark));
    this.reselect();
  }

  selectAll(): void {
    this.select(this.cards.get().flatMap((card) => (card.data.ghost ? [] : [card.id])));
  }

  /** Steps and notes that are selected. */
  selectedCards(): string[] {
    const { steps, notes } = this.selection.get();
    return [...steps, ...notes];
  }

  place(id: string): (Point & { width: number; height: number }) | undefined {
    const card = this.cards.get().find((one) => one.id === id);
    if (!card) return undefined;
    const { width = CARD.width, height = CARD.height } = card;
    return { ...card.position, width, height };
  }

  /** What is drawn and how large it is; null for nothing. */
  bounds(): (Point & { width: number; height: number }) | null {
    const places = this.cards.get().flatMap((card) => this.place(card.id) ?? []);
    if (!places.length) return null;
    const x = Math.min(...places.map((place) => place.x));
    const y = Math.min(...places.map((place) => place.y));
    const width = Math.max(...places.map((place) => place.x + place.width)) - x;
    const height = Math.max(...places.map((place) => place.y + place.height)) - y;
    return { x, y, width, height };
  }

  /** A place near this one on which no card stands. */
  freePlace({ x, y }: Point): Point {
    const places = this.cards.get().flatMap((card) => this.place(card.id) ?? []);
    const gap = 24;
    for (let tries = 0; tries < 200; tries += 1) {
      const inTheWay = places.find(
        (other) =>
          x < other.x + other.width + gap &&
          x + CARD.width + gap > other.x &&
          y < other.y + other.height + gap &&
          y + CARD.height + gap > other.y,
      );
      if (!inTheWay) break;
      y = inTheWay.y + inTheWay.height + gap + 1;
    }
    return { x, y };
  }

  /** The step that is next in a direction, as seen from another. */
  neighbour(id: string, direction: "left" | "right" | "up" | "down"): string | null {
    const from = this.place(id);
    if (!from) return this.firstStep();
    const [fromX, fromY] = [from.x + from.width / 2, from.y + from.height / 2];
    let best: { id: string; far: number } | null = null;
    for (const card of this.cards.get()) {
      const place = card.type === "step" && card.id !== id && !card.data.ghost ? this.place(card.id) : undefined;
      if (!place) continue;
      const [dx, dy] = [place.x + place.width / 2 - fromX, place.y + place.height / 2 - fromY];
      const along = { left: -dx, right: dx, up: -dy, down: dy }[direction];
      const across = Math.abs(direction === "left" || direction === "right" ? dy : dx);
      if (along <= 1 || across > 3 * along) continue;
      const far = along + 2 * across;
      if (!best || far < best.far) best = { id: card.id, far };
    }
    return best?.id ?? null;
  }
}

const cardBorn = { focusable: false };

function measures(shape: Shape) {
  const size = { width: WIDTH, height: heightOf(shape) };
  return { ...size, measured: size, handles: portsOf(shape) };
}

const noteBorn = { focusable: false, zIndex: -1 };

function changedIds(events: Y.YEvent<Y.AbstractType<unknown>>[]): Set<string> {
  const ids = new Set<string>();
  for (const event of events) {
    if (event.path.length) ids.add(String(event.path[0]));
    else if (event instanceof Y.YMapEvent) for (const key of event.keysChanged) ids.add(String(key));
  }
  return ids;
}
