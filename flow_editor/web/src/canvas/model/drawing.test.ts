import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { Drawing, fragmentFrom, OTHERS } from "./drawing";

/** Two people at one flow, each hearing of what the other does when `meet` is called. */
function two() {
  const [ana, bo] = [new Drawing(), new Drawing()];
  const meet = () => {
    const [a, b] = [ana, bo].map(({ doc }) => Y.encodeStateAsUpdate(doc)) as [Uint8Array, Uint8Array];
    Y.applyUpdate(ana.doc, b, OTHERS);
    Y.applyUpdate(bo.doc, a, OTHERS);
  };
  return { ana, bo, meet };
}

const at = { x: 0, y: 0 };

test("the first step is where calls begin, and titles are told apart", () => {
  const drawing = new Drawing();
  const first = drawing.addStep("say", at, "Say");
  const second = drawing.addStep("say", at, "Say");
  expect(drawing.facts().start).toBe(first);
  expect(drawing.step(second)?.title).toBe("Say 2");
});

test("a step is taken away with its arrows, and comes back with them", () => {
  const drawing = new Drawing();
  const [a, b] = [drawing.addStep("say", at, "A"), drawing.addStep("say", at, "B")];
  drawing.connect(a, "next", b);
  drawing.apart();
  drawing.remove([a]);
  expect(drawing.arrows()).toEqual([]);
  expect(drawing.facts().start).toBeNull();
  drawing.undoing.undo();
  expect(drawing.arrows()).toEqual([{ source: a, exit: "next", target: b }]);
  expect(drawing.facts().start).toBe(a);
});

describe("together", () => {
  test("undo takes back one's own changes only", () => {
    const { ana, bo, meet } = two();
    const mine = ana.addStep("say", at, "Mine");
    meet();
    const theirs = bo.addStep("menu", at, "Theirs");
    bo.rename(mine, "Renamed");
    meet();
    ana.apart();
    ana.move(new Map([[mine, { x: 50, y: 60 }]]));
    ana.undoing.undo();
    expect(ana.step(mine)).toMatchObject({ x: 0, y: 0, title: "Renamed" });
    meet();
    expect(bo.step(theirs)?.title).toBe("Theirs");
  });

  test("one deletes a step while the other edits it and draws to it: no crash, no ghost", () => {
    const { ana, bo, meet } = two();
    const [a, b] = [ana.addStep("say", at, "A"), ana.addStep("say", at, "B")];
    meet();
    ana.apart();
    ana.remove([b]);
    bo.set(b, "speech", { text: { en: "Hello" } });
    bo.connect(a, "next", b);
    meet();
    for (const drawing of [ana, bo]) {
      expect(drawing.stepIds()).toEqual([a]);
      expect(drawing.arrows()).toEqual([]);
    }
    ana.undoing.undo();
    meet();
    for (const drawing of [ana, bo]) {
      expect(drawing.step(b)?.kind).toBe("say");
      expect(drawing.arrows()).toEqual([{ source: a, exit: "next", target: b }]);
    }
  });

  test("both lead one exit somewhere: it has one target, the same for both", () => {
    const { ana, bo, meet } = two();
    const [a, b, c] = ["A", "B", "C"].map((title) => ana.addStep("say", at, title)) as [string, string, string];
    meet();
    ana.connect(a, "next", b);
    bo.connect(a, "next", c);
    meet();
    expect(ana.arrows()).toHaveLength(1);
    expect(ana.arrows()).toEqual(bo.arrows());
  });
});

test("an arrow is led through a step", () => {
  const drawing = new Drawing();
  const [a, b, between] = ["A", "B", "C"].map((title) => drawing.addStep("say", at, title)) as [string, string, string];
  drawing.connect(a, "next", b);
  drawing.leadThrough(`${a}/next`, between, "next");
  expect(drawing.arrows()).toEqual([
    { source: a, exit: "next", target: between },
    { source: between, exit: "next", target: b },
  ]);
});

test("an exit's name may hold what it likes", () => {
  const drawing = new Drawing();
  const [a, b] = [drawing.addStep("location", at, "A"), drawing.addStep("say", at, "B")];
  drawing.connect(a, "North/South <b>", b);
  expect(drawing.arrows()).toEqual([{ source: a, exit: "North/South <b>", target: b }]);
});

describe("copy and paste", () => {
  test("into another flow, with the arrows among what was copied", () => {
    const from = new Drawing();
    const [a, b, c] = ["A", "B", "C"].map((title, place) =>
      from.addStep("say", { x: 100 * place, y: 10 }, title, { speech: { text: { en: title } } }),
    ) as [string, string, string];
    from.connect(a, "next", b);
    from.connect(b, "next", c);
    const fragment = fragmentFrom(JSON.stringify(from.fragment([a, b])));
    const to = new Drawing();
    const made = fragment ? to.paste(fragment, { x: 500, y: 500 }) : [];
    expect(made).toHaveLength(2);
    expect(made).not.toContain(a);
    expect(to.arrows()).toHaveLength(1);
    expect(made.map((id) => to.step(id)).map((step) => [step?.title, step?.x, step?.y])).toEqual([
      ["A", 500, 500],
      ["B", 600, 500],
    ]);
    expect(to.step(made[0] ?? "")?.settings).toEqual({ speech: { text: { en: "A" } } });
  });

  test("what is no part of a flow is left alone", () => {
    for (const other of ["", "hello", "[1]", "null", '{"steps": {}}', '{"of": "careline", "steps": {"a": 5}}']) {
      expect(fragmentFrom(other)).toBeNull();
    }
  });
});

test("half a step is no step", () => {
  const drawing = new Drawing();
  drawing.nodes.set("half", new Y.Map([["title", "no kind"]]));
  drawing.edges.set("half/next", "half");
  drawing.edges.set("nonsense", "half");
  expect(drawing.stepIds()).toEqual([]);
  expect(drawing.arrows()).toEqual([]);
  expect(drawing.step("half")).toBeUndefined();
});

test("rehearsals go on meaning a step that is renamed", () => {
  const drawing = new Drawing();
  const menu = drawing.addStep("menu", { x: 0, y: 0 }, "Main menu");
  drawing.change(() =>
    drawing.rehearsals.set("r", { title: "Press 1", path: ["Main menu"], keys: { "Main menu": ["1"] } }),
  );
  drawing.rename(menu, "Front menu");
  expect(drawing.rehearsals.get("r")).toEqual({
    title: "Press 1",
    path: ["Front menu"],
    keys: { "Front menu": ["1"] },
  });
  const other = drawing.addStep("menu", { x: 0, y: 0 }, "Night menu");
  drawing.change(() => drawing.nodes.get(other)?.set("title", "Front menu"));
  drawing.rename(menu, "Day menu");
  expect(drawing.rehearsals.get("r")).toMatchObject({ path: ["Front menu"] });
});
