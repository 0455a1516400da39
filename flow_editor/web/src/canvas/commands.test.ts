import { expect, test } from "vitest";
import { commandFor, commandsFor, type Deeds, written } from "./commands";

const deeds = new Proxy({}, { get: () => () => undefined }) as Deeds;
const commands = commandsFor(deeds);
const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  commandFor({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held }, commands)?.id;

test("keys find their commands", () => {
  expect(press("a")).toBe("add");
  expect(press("A", { shiftKey: true })).toBe("add");
  expect(press("a", { ctrlKey: true })).toBe("selectAll");
  expect(press("z", { metaKey: true })).toBe("undo");
  expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
  expect(press("?", { shiftKey: true })).toBe("help");
  expect(press("Delete")).toBe("remove");
  expect(press("a", { altKey: true })).toBeUndefined();
  expect(press("c", { ctrlKey: true })).toBeUndefined();
});

test("no key is for two commands", () => {
  const keys = commands.flatMap((command) => command.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

test("keys as they are written", () => {
  expect(written("mod+shift+z", false)).toBe("Ctrl + Shift + Z");
  expect(written("mod+z", true)).toBe("⌘ Z");
  expect(written("+", false)).toBe("+");
});
