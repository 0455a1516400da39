/** Copy, cut and paste by the system's own clipboard, also from one flow into another. */
import { type RefObject, useEffect, useRef } from "react";
import { useTexts } from "../texts";
import type { Canvas } from "./canvas";
import { fragmentFrom, type Point } from "./model/drawing";
import { canvasTexts } from "./texts";
import { isField } from "./useKeys";

export interface Clipboard {
  root: RefObject<HTMLElement | null>;
  canvas: Canvas;
  middle: () => Point;
}

export function useClipboard(clipboard: Clipboard): void {
  const t = useTexts(canvasTexts);
  const latest = useRef({ ...clipboard, t });
  latest.current = { ...clipboard, t };

  useEffect(() => {
    function copied(event: ClipboardEvent) {
      const { canvas, t } = latest.current;
      const cards = canvas.view.selectedCards();
      if (isField(document.activeElement) || !cards.length || !window.getSelection()?.isCollapsed) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", JSON.stringify(canvas.drawing.fragment(cards)));
      if (event.type !== "cut" || !canvas.mayDraw) return;
      canvas.drawing.apart();
      canvas.drawing.remove(cards);
      canvas.announce(t.removed(cards.length));
    }
    function pasted(event: ClipboardEvent) {
      const { canvas, middle, t } = latest.current;
      if (isField(document.activeElement) || !canvas.mayDraw) return;
      const fragment = fragmentFrom(event.clipboardData?.getData("text/plain") ?? "");
      if (!fragment) return;
      event.preventDefault();
      canvas.drawing.apart();
      const made = canvas.drawing.paste(fragment, canvas.view.freePlace(middle()));
      canvas.view.select(made);
      canvas.announce(t.pasted(made.length));
    }
    document.addEventListener("copy", copied);
    document.addEventListener("cut", copied);
    document.addEventListener("paste", pasted);
    return () => {
      document.removeEventListener("copy", copied);
      document.removeEventListener("cut", copied);
      document.removeEventListener("paste", pasted);
    };
  }, []);
}
