/** Differences as marks for the canvas: which steps and arrows are new, changed or gone. */
import type { Difference } from "./queries";

export type Mark = "added" | "changed" | "removed";

/** By a step's id, or an arrow's key (step/exit). */
export function marksOf(differences: readonly Difference[]): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const { change, node, exit } of differences) {
    if (node === null) continue;
    if (change === "node_new") marks.set(node, "added");
    else if (change === "node_gone") marks.set(node, "removed");
    else if (change === "exit" && exit !== null) {
      marks.set(`${node}/${exit}`, marks.get(node) === "added" ? "added" : "changed");
      if (!marks.has(node)) marks.set(node, "changed");
    } else if (change !== "start" && change !== "catch_all" && !marks.has(node)) marks.set(node, "changed");
  }
  return marks;
}
