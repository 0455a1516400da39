/** The list of kinds at the canvas's left: click to add, or drag to where the step belongs, also onto an arrow. */
import { Stack } from "@mantine/core";
import { useReactFlow } from "@xyflow/react";
import { type PointerEvent as Pressed, useEffect, useRef, useState } from "react";
import { useCanvas } from "./canvas";
import classes from "./canvas.module.css";
import { KindIcon } from "./KindIcon";
import { KindList } from "./KindList";
import type { Kind } from "./kinds";
import { CARD } from "./model/view";

interface Drag {
  kind: Kind;
  x: number;
  y: number;
}

/** Pixels after which a press has become a drag. */
const DRAGGED = 6;

export function Palette() {
  const canvas = useCanvas();
  const { screenToFlowPosition } = useReactFlow();
  const [drag, setDrag] = useState<Drag | null>(null);
  const from = useRef<Drag | null>(null);
  const dragged = useRef(false);

  useEffect(() => {
    function move({ clientX: x, clientY: y }: PointerEvent) {
      const begun = from.current;
      if (!begun) return;
      if (!dragged.current && Math.hypot(x - begun.x, y - begun.y) < DRAGGED) return;
      dragged.current = true;
      canvas.view.hovered.set(arrowAt(x, y));
      setDrag({ kind: begun.kind, x, y });
    }
    function drop({ clientX: x, clientY: y }: PointerEvent) {
      const begun = from.current;
      from.current = null;
      setDrag(null);
      if (!begun || !dragged.current) return;
      const arrow = arrowAt(x, y);
      const at = screenToFlowPosition({ x, y });
      const place = { x: at.x - CARD.width / 4, y: at.y - 30 };
      if (arrow) canvas.add(begun.kind.kind, { at: place, onArrow: arrow });
      else if (document.elementFromPoint(x, y)?.closest("[data-surface]")) canvas.add(begun.kind.kind, { at: place });
    }
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", drop);
    return () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", drop);
    };
  }, [canvas, screenToFlowPosition]);

  function begin(kind: Kind, { clientX: x, clientY: y }: Pressed) {
    from.current = { kind, x, y };
    dragged.current = false;
  }

  return (
    <Stack className={classes.palette} p="sm">
      <KindList
        onDrag={begin}
        onChoose={(kind) => {
          if (!dragged.current) canvas.add(kind.kind, {});
          dragged.current = false;
        }}
      />
      {drag && (
        <div className={classes.dragged} style={{ left: drag.x, top: drag.y }}>
          <KindIcon kind={drag.kind} /> {drag.kind.title}
        </div>
      )}
    </Stack>
  );
}

/** The arrow that lies under a place on the screen. */
export function arrowAt(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    if (element.closest(".react-flow__node")) return null;
    const arrow = element.closest("[data-arrow]")?.getAttribute("data-arrow");
    const id = arrow ?? element.closest(".react-flow__edge")?.getAttribute("data-id");
    if (id) return id;
  }
  return null;
}
