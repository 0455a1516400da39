import { expect, test } from "vitest";
import * as Y from "yjs";
import { Decorations } from "./decorations";
import { Drawing, OTHERS } from "./drawing";
import { Looks } from "./looks";
import { heightOf, portsOf } from "./measure";
import { View } from "./view";

function drawn() {
  const drawing = new Drawing();
  const ids = ["One", "Two", "Three"].map((title, place) => drawing.addStep("say", { x: 400 * place, y: 0 }, title));
  const [one, two, three] = ids as [string, string, string];
  drawing.connect(one, "next", two);
  const view = new View(drawing, new Looks(), new Map());
  view.follow();
  return { drawing, view, one, two, three };
}

test("only the card that has changed is another object", () => {
  const { drawing, view, two } = drawn();
  const before = view.cards.get();
  drawing.rename(two, "Second");
  const changed = view.cards.get().filter((card) => !before.includes(card));
  expect(changed.map(({ id }) => id)).toEqual([two]);
  const steps = view.steps.get();
  drawing.move(new Map([[two, { x: 10, y: 500 }]]));
  expect(view.steps.get()).toBe(steps);
});

test("what another deletes is neither drawn nor selected any more", () => {
  const { drawing, view, one, two } = drawn();
  view.select([two, `${one}/next`]);
  const other = new Drawing();
  Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(drawing.doc), OTHERS);
  other.remove([two]);
  Y.applyUpdate(drawing.doc, Y.encodeStateAsUpdate(other.doc), OTHERS);
  expect(view.cards.get().map(({ id }) => id)).not.toContain(two);
  expect(view.arrows.get()).toEqual([]);
  expect(view.selection.get()).toEqual({ steps: [], notes: [], arrows: [] });
});

test("arrow keys go to the next step in that direction", () => {
  const { view, one, two, three } = drawn();
  expect(view.neighbour(one, "right")).toBe(two);
  expect(view.neighbour(three, "left")).toBe(two);
  expect(view.neighbour(one, "up")).toBeNull();
});

test("a new step stands on no other", () => {
  const { view, two } = drawn();
  const place = view.place(two);
  const free = view.freePlace({ x: place?.x ?? 0, y: place?.y ?? 0 });
  expect(free.y).toBeGreaterThan((place?.y ?? 0) + (place?.height ?? 0));
});

test("a card is as high as what is on it", () => {
  const plain = heightOf({ exits: [], summary: false });
  expect(heightOf({ exits: ["a", "b"], summary: true })).toBeGreaterThan(heightOf({ exits: ["a"], summary: true }));
  expect(plain).toBeLessThan(heightOf({ exits: [], summary: true }));
  expect(portsOf({ exits: ["a", "b"], summary: false }).map(({ id }) => id)).toEqual(["in", "a", "b"]);
});

test("marks of several features are seen together, and each takes back its own", () => {
  const decorations = new Decorations();
  decorations.set("publishing", new Map([["one", { mark: "added" as const }]]));
  decorations.set("calls", new Map([["one", { badge: "3", words: "3 callers" }]]));
  expect(decorations.keyed.get("one")).toEqual({ mark: "added", badge: "3", words: "3 callers" });
  decorations.set("publishing", new Map());
  expect(decorations.keyed.get("one")).toEqual({ badge: "3", words: "3 callers" });
});

test("what another drags is shown there, is not drawn, and goes back when it is not heard of any more", () => {
  const { drawing, view, two } = drawn();
  view.setAway(new Map([[two, { x: 50, y: 60 }]]));
  expect(view.place(two)).toMatchObject({ x: 50, y: 60 });
  expect(drawing.step(two)).toMatchObject({ x: 400, y: 0 });
  expect(drawing.undoing.undoStack.length).toBe(1);
  // What one holds oneself stays in one's hand.
  view.onCardsChange([{ id: two, type: "position", position: { x: 7, y: 8 }, dragging: true }]);
  view.setAway(new Map([[two, { x: 90, y: 90 }]]));
  expect(view.place(two)).toMatchObject({ x: 7, y: 8 });
  expect([...view.dragged.get()]).toEqual([[two, { x: 7, y: 8 }]]);
  view.onCardsChange([{ id: two, type: "position", position: { x: 7, y: 8 }, dragging: false }]);
  expect(view.dragged.get().size).toBe(0);
  view.setAway(new Map());
  expect(view.place(two)).toMatchObject({ x: 400, y: 0 });
});
