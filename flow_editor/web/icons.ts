import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

/**
 * Writes every icon of the set beside the application, by name, as the paths it is drawn with. A kind of node names its
 * icon in Python; the server hands the paths to the palette, so that a new kind needs no change here.
 */
export function icons(): Plugin {
  return {
    name: "careline-icons",
    apply: "build",
    generateBundle() {
      const set = createRequire(import.meta.url).resolve("@tabler/icons/tabler-nodes-outline.json");
      const drawn = JSON.parse(readFileSync(set, "utf8")) as Record<string, [string, { d?: string }][]>;
      const paths = Object.fromEntries(
        Object.entries(drawn).map(([name, shapes]) => [name, shapes.flatMap(([, shape]) => shape.d ?? [])]),
      );
      this.emitFile({ type: "asset", fileName: "icons.json", source: JSON.stringify(paths) });
    },
  };
}
