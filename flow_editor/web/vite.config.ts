import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./compressed.ts";
import { icons } from "./icons.ts";

/** Where a running editor is, for `npm run dev`. */
const editor = process.env.CARELINE_EDITOR ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), icons(), compressed()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // The content security policy allows files of our own origin only: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/api": editor, "/socket.io": { target: editor, ws: true } } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
