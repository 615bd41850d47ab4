import react from "@vitejs/plugin-react";
import { readdirSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { earlyTexts } from "./scripts/early-texts.ts";

// The development server hands everything that is not the interface to a running Alcove.
const server = process.env.ALCOVE_SERVER ?? "http://127.0.0.1:5212";

/** What documents lean on without carrying it: Asian encodings, the standard fonts, picture decoders. */
const documentParts: Plugin = {
  name: "document-parts",
  apply: "build",
  generateBundle() {
    for (const folder of ["cmaps", "standard_fonts", "wasm"]) {
      const from = new URL(`./node_modules/pdfjs-dist/${folder}/`, import.meta.url);
      for (const name of readdirSync(from)) this.emitFile({ type: "asset", fileName: `pdf/${folder}/${name}`, source: readFileSync(new URL(name, from)) });
    }
  },
};

/** Two cores may be building something else meanwhile. Several tours run at once; what is measured runs alone. */
const patient = { environment: "node", testTimeout: 240_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  plugins: [react(), documentParts, earlyTexts],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    assetsInlineLimit: 2048,
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the first page needs comes in one piece: a browser fetches six at a time, and asks for each.
        // So does what the list of files needs more, and what it shares with the pages around signing in.
        // A group holds what its files import, and only as much of that as is used.
        codeSplitting: {
          groups: [
            { name: "start", tags: ["$initial"] },
            { name: "menus", test: /\/src\/features\/session\/(LanguageMenu|AccountList|Captcha)\.tsx$/ },
            { name: "drive", test: /\/src\/app\/(Shell|HomePage)\.tsx$/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/dav", "/f", "/s", "/manifest.json"].map((path) => [
        path.length === 2 ? `^${path}/` : path,
        { target: server, changeOrigin: false },
      ]),
    ),
  },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts"], environment: "node" } },
      {
        extends: true,
        test: {
          name: "tours",
          include: ["tests/tours/**/*.tour.ts"],
          exclude: ["tests/tours/bars.tour.ts"],
          ...patient,
          setupFiles: process.env.ALCOVE_SIZES === "all" ? [] : ["tests/one-size.ts"],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "bars", include: ["tests/tours/bars.tour.ts"], ...patient, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
