import { expect, test } from "vitest";
import { marksOf } from "./marks";
import type { Difference } from "./queries";

function difference(change: Difference["change"], node: string | null = null, exit: string | null = null): Difference {
  return { change, node, exit, text: "" };
}

test("steps are new, changed or gone; an arrow changes its step", () => {
  const marks = marksOf([
    difference("name"),
    difference("start", "a"),
    difference("node_new", "b"),
    difference("exit", "b", "next"),
    difference("exit", "c", "1"),
    difference("setting", "d"),
    difference("node_gone", "e"),
    difference("rehearsal"),
  ]);
  expect(Object.fromEntries(marks)).toEqual({
    b: "added",
    "b/next": "added",
    "c/1": "changed",
    c: "changed",
    d: "changed",
    e: "removed",
  });
});
