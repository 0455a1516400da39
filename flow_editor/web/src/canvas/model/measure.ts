/**
 * How large a card is and where its ports are, worked out rather than measured: cards out of sight need not be drawn to know where
 * their arrows go, which is what lets a flow of hundreds of steps open at once. The numbers are those of canvas.module.css.
 */
import { type NodeHandle, Position } from "@xyflow/react";

export const WIDTH = 256;
const BORDER = 1;
const HEAD = 76;
const SUMMARY = 47;
const EXITS = { border: 1, padding: 4, row: 28 };
const SOURCE = 16;
const TARGET_PORT = { width: 10, height: 22 };

/** The id of the port that arrows come in by. */
export const TARGET = "in";

/** What a card's size depends on. */
export interface Shape {
  exits: readonly string[];
  summary: boolean;
}

export function heightOf({ exits, summary }: Shape): number {
  const rows = exits.length ? EXITS.border + 2 * EXITS.padding + EXITS.row * exits.length : 0;
  return 2 * BORDER + HEAD + (summary ? SUMMARY : 0) + rows;
}

export function portsOf(shape: Shape): NodeHandle[] {
  const height = heightOf(shape);
  const top = BORDER + HEAD + (shape.summary ? SUMMARY : 0) + EXITS.border + EXITS.padding;
  return [
    {
      id: TARGET,
      type: "target",
      position: Position.Left,
      x: -TARGET_PORT.width / 2,
      y: height / 2 - TARGET_PORT.height / 2,
      ...TARGET_PORT,
    },
    ...shape.exits.map(
      (id, place): NodeHandle => ({
        id,
        type: "source",
        position: Position.Right,
        x: WIDTH - BORDER - SOURCE / 2,
        y: top + EXITS.row * (place + 0.5) - SOURCE / 2,
        width: SOURCE,
        height: SOURCE,
      }),
    ),
  ];
}
