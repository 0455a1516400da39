/** Steps, arrows and notes from a version's document, which the server has read and found sound. */
import * as Y from "yjs";
import { Drawing, type Step } from "../canvas/model/drawing";

interface Document {
  name: string;
  description: string;
  languages: string[];
  start: string | null;
  catch_all: string | null;
  nodes: Record<string, Step>;
  edges: Record<string, Record<string, string>>;
  notes: Record<string, Record<string, unknown>>;
}

/** Some of a version's steps, by their ids. */
export function stepsOf(document: Record<string, unknown>, ids: readonly string[]): Record<string, Step> {
  const { nodes } = document as unknown as Document;
  return Object.fromEntries(ids.flatMap((id) => (nodes[id] ? [[id, nodes[id]]] : [])));
}

/** A version, as a drawing that nobody draws on. */
export function drawingOf(document: Record<string, unknown>): Drawing {
  const { nodes, edges, notes, ...facts } = document as unknown as Document;
  const drawing = new Drawing();
  drawing.change(() => {
    drawing.setFacts({ ...facts, catchAll: facts.catch_all });
    for (const [id, { settings, ...step }] of Object.entries(nodes)) {
      const inner = new Y.Map<unknown>(Object.entries(step));
      inner.set("settings", new Y.Map(Object.entries(settings)));
      drawing.nodes.set(id, inner);
    }
    for (const [source, ways] of Object.entries(edges)) {
      for (const [exit, target] of Object.entries(ways)) drawing.edges.set(`${source}/${exit}`, target);
    }
    for (const [id, note] of Object.entries(notes)) drawing.notes.set(id, new Y.Map(Object.entries(note)));
  });
  return drawing;
}
