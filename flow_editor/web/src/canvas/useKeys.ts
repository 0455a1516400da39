/** The keyboard on the canvas: everything that the mouse can do. Keys typed into a field are the field's. */
import { type RefObject, useEffect, useRef } from "react";
import type { Canvas } from "./canvas";
import { type Command, commandFor } from "./commands";
import type { Point } from "./model/drawing";

export interface Keys {
  root: RefObject<HTMLElement | null>;
  canvas: Canvas;
  commands: readonly Command[];
  focusStep: (step: string) => void;
  bring: (step: string) => void;
  edit: (step: string) => void;
}

const DIRECTIONS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" } as const;
const STEPS: Record<keyof typeof DIRECTIONS, Point> = {
  ArrowLeft: { x: -20, y: 0 },
  ArrowRight: { x: 20, y: 0 },
  ArrowUp: { x: 0, y: -20 },
  ArrowDown: { x: 0, y: 20 },
};

/** Whether what has the cursor takes letters and arrow keys for itself. */
export function isField(element: Element | null): boolean {
  return (
    element?.closest("input, textarea, select, [contenteditable=true], [role=listbox], [role=menu], [role=dialog]") !=
    null
  );
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;

  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      const { root, canvas, commands, focusStep, bring, edit } = latest.current;
      const at = document.activeElement;
      if (event.defaultPrevented || !root.current || isField(at)) return;
      if (at !== document.body && at !== null && !root.current.contains(at) && !at.closest("main")) return;
      const command = commandFor(event, commands);
      const inDrawing =
        at?.closest("[data-step]") != null || at === document.body || at?.closest(".react-flow") != null;
      if (command) {
        // Buttons keep their own Space and Enter; letters and signs are ours wherever no field has the cursor.
        if (command.draws && !canvas.mayDraw) return;
        event.preventDefault();
        command.run();
        return;
      }
      if (!inDrawing || event.ctrlKey || event.metaKey) return;
      const { view, drawing } = canvas;
      const current = at?.closest("[data-step]")?.getAttribute("data-step") ?? view.current.get();
      if (event.key in DIRECTIONS) {
        const key = event.key as keyof typeof DIRECTIONS;
        event.preventDefault();
        if (event.altKey) {
          if (canvas.mayDraw) move(STEPS[key]);
        } else if (current)
          go(at?.closest("[data-step]") ? view.neighbour(current, DIRECTIONS[key]) : current, event.shiftKey);
      } else if (event.key === "Enter" && current && at?.closest("[data-step]")) {
        event.preventDefault();
        edit(current);
      } else if (event.key === " " && current && at?.closest("[data-step]")) {
        event.preventDefault();
        const selected = view.selectedCards();
        view.select(selected.includes(current) ? selected.filter((id) => id !== current) : [...selected, current]);
      } else if (event.key === "Escape") {
        view.select([]);
        canvas.panel.set(null);
      }

      function go(next: string | null, more: boolean) {
        if (!next) return;
        view.current.set(next);
        view.select(more ? [...view.selectedCards(), next] : [next]);
        bring(next);
        focusStep(next);
      }

      function move(by: Point) {
        const places = view.selectedCards().flatMap((id) => {
          const place = view.place(id);
          return place ? [[id, { x: place.x + by.x, y: place.y + by.y }] as const] : [];
        });
        drawing.move(new Map(places));
      }
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
