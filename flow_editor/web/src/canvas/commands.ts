/** Everything that can be done on the canvas: one list for the keys, the help sheet and the command palette. */
import type { canvasTexts } from "./texts";

type Texts = (typeof canvasTexts)["en"];

export interface Command {
  id: string;
  /** What it is called: a text of the canvas. */
  text: keyof { [K in keyof Texts as Texts[K] extends string ? K : never]: true };
  /** Keys, as `KeyboardEvent.key` names them; "mod" is Ctrl, or Cmd on a Mac. */
  keys: readonly string[];
  /** Whether it is for those who may draw. */
  draws: boolean;
  run: () => void;
}

export interface Deeds {
  undo(): void;
  redo(): void;
  duplicate(): void;
  remove(): void;
  selectAll(): void;
  tidy(): void;
  addNote(): void;
  addStep(): void;
  connect(): void;
  find(): void;
  commands(): void;
  help(): void;
  fit(): void;
  zoomIn(): void;
  zoomOut(): void;
  problems(): void;
}

export function commandsFor(deeds: Deeds): Command[] {
  return [
    { id: "add", text: "addStep", keys: ["a"], draws: true, run: deeds.addStep },
    { id: "connect", text: "connect", keys: ["c"], draws: true, run: deeds.connect },
    { id: "note", text: "addNote", keys: ["n"], draws: true, run: deeds.addNote },
    { id: "duplicate", text: "duplicate", keys: ["mod+d"], draws: true, run: deeds.duplicate },
    { id: "remove", text: "remove", keys: ["Delete", "Backspace"], draws: true, run: deeds.remove },
    { id: "undo", text: "undo", keys: ["mod+z"], draws: true, run: deeds.undo },
    { id: "redo", text: "redo", keys: ["mod+shift+z", "mod+y"], draws: true, run: deeds.redo },
    { id: "tidy", text: "tidy", keys: ["t"], draws: true, run: deeds.tidy },
    { id: "selectAll", text: "selectAll", keys: ["mod+a"], draws: false, run: deeds.selectAll },
    { id: "find", text: "find", keys: ["mod+f", "/"], draws: false, run: deeds.find },
    { id: "problems", text: "problems", keys: ["p"], draws: false, run: deeds.problems },
    { id: "commands", text: "commands", keys: ["mod+k"], draws: false, run: deeds.commands },
    { id: "fit", text: "fit", keys: ["0"], draws: false, run: deeds.fit },
    { id: "zoomIn", text: "zoomIn", keys: ["+", "="], draws: false, run: deeds.zoomIn },
    { id: "zoomOut", text: "zoomOut", keys: ["-"], draws: false, run: deeds.zoomOut },
    { id: "help", text: "help", keys: ["?"], draws: false, run: deeds.help },
  ];
}

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The command that a key is for. */
export function commandFor(pressed: Pressed, commands: readonly Command[]): Command | undefined {
  if (pressed.altKey) return undefined;
  const mod = pressed.ctrlKey || pressed.metaKey;
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  // Signs such as "?" come with Shift on some keyboards and without on others.
  const shift = pressed.shiftKey && mod ? "shift+" : "";
  return commands.find((command) => command.keys.includes(`${mod ? "mod+" : ""}${shift}${key}`));
}

/** How a key is written: "Ctrl + Z", or "⌘ Z" on a Mac. */
export function written(keys: string, mac: boolean): string {
  const names: Record<string, string> = { mod: mac ? "⌘" : "Ctrl", shift: mac ? "⇧" : "Shift", Delete: "Del" };
  const parts = keys === "+" ? ["+"] : keys.split("+");
  return parts.map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(mac ? " " : " + ");
}

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
