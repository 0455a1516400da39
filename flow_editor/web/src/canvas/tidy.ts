/** A tidy layout, from left to right as calls go. Loaded when it is asked for. */
import { Graph, layout } from "@dagrejs/dagre";
import type { Drawing, Point } from "./model/drawing";
import { CARD, type View } from "./model/view";

/** New places for these steps (all, when none or only one is given), the top left of them staying where it is. */
export function tidied(drawing: Drawing, view: View, ids: readonly string[]): Map<string, Point> {
  const chosen = ids.length > 1 ? ids : drawing.stepIds();
  const inside = new Set(chosen);
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 44, ranksep: 110, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const places = new Map(chosen.map((id) => [id, view.place(id) ?? { x: 0, y: 0, ...CARD }]));
  // Steps that calls come to first are put first, so that the same drawing is always tidied the same way.
  for (const id of [...chosen].sort((a, b) => (places.get(a)?.y ?? 0) - (places.get(b)?.y ?? 0))) {
    const { width, height } = places.get(id) ?? CARD;
    graph.setNode(id, { width, height });
  }
  for (const { source, target } of drawing.arrows()) {
    if (inside.has(source) && inside.has(target) && source !== target) graph.setEdge(source, target);
  }
  layout(graph);
  const laid = chosen.map((id) => {
    const { x, y, width, height } = graph.node(id);
    return [id, { x: x - width / 2, y: y - height / 2 }] as const;
  });
  const old = [...places.values()];
  const shift = {
    x: Math.min(...old.map((place) => place.x)) - Math.min(...laid.map(([, place]) => place.x)),
    y: Math.min(...old.map((place) => place.y)) - Math.min(...laid.map(([, place]) => place.y)),
  };
  return new Map(laid.map(([id, place]) => [id, { x: place.x + shift.x, y: place.y + shift.y }]));
}
