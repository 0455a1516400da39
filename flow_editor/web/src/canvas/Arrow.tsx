/** An arrow from a way out to a step; under the pointer, or selected, it offers to put a step on it. */

import { IconPlus } from "@tabler/icons-react";
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useSyncExternalStore } from "react";
import { useTexts } from "../texts";
import { useCanvas } from "./canvas";
import classes from "./canvas.module.css";
import { useDecorations } from "./model/decorations";
import type { ArrowEdge } from "./model/view";
import { canvasTexts } from "./texts";

export const Arrow = memo(function Arrow(props: EdgeProps<ArrowEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected } = props;
  const t = useTexts(canvasTexts);
  const { view, mayDraw, askToAdd } = useCanvas();
  const decoration = useDecorations(id);
  const hovered = useSyncExternalStore(view.hovered.watch, () => view.hovered.get() === id);
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const offering = mayDraw && (hovered || selected);
  return (
    <>
      <BaseEdge
        path={path}
        markerEnd={props.markerEnd}
        interactionWidth={24}
        className={classes.arrow}
        data-mark={decoration?.mark}
        data-lit={decoration?.lit}
        data-selected={selected || undefined}
      />
      {(offering || decoration?.badge) && (
        <EdgeLabelRenderer>
          <div
            className={`nodrag nopan ${classes.onArrow}`}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            {decoration?.badge}
            {offering && (
              <button
                type="button"
                className={classes.insert}
                aria-label={t.insertHere}
                title={t.insertHere}
                data-arrow={id}
                onPointerEnter={() => view.hovered.set(id)}
                onClick={() => askToAdd({ onArrow: id })}
              >
                <IconPlus size={18} aria-hidden />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
