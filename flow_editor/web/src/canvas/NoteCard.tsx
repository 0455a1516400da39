/** A sticky note: for people, and of no consequence to calls. */
import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";
import { useTexts } from "../texts";
import { useCanvas } from "./canvas";
import classes from "./canvas.module.css";
import type { NoteNode } from "./model/view";
import { canvasTexts } from "./texts";

export const NoteCard = memo(function NoteCard({ id, data, selected }: NodeProps<NoteNode>) {
  const t = useTexts(canvasTexts);
  const { drawing, mayDraw } = useCanvas();
  return (
    <div
      className={classes.note}
      data-note={id}
      data-selected={selected || undefined}
      data-mark={data.ghost ? "removed" : undefined}
    >
      {mayDraw && !data.ghost && (
        <NodeResizer
          isVisible={selected ?? false}
          minWidth={120}
          minHeight={70}
          onResizeEnd={(_, { x, y, width, height }) =>
            drawing.setNote(id, {
              x: Math.round(x),
              y: Math.round(y),
              width: Math.round(width),
              height: Math.round(height),
            })
          }
        />
      )}
      <textarea
        className={`nodrag nowheel ${classes.noteText}`}
        aria-label={t.note}
        placeholder={t.noteText}
        value={data.text}
        readOnly={!mayDraw || data.ghost}
        maxLength={4000}
        onChange={(event) => drawing.setNote(id, { text: event.currentTarget.value })}
      />
    </div>
  );
});
