import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The development server hands everything that is not the interface to a running Alcove.
const server = process.env.ALCOVE_SERVER ?? "http://127.0.0.1:5212";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    assetsInlineLimit: 2048,
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
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
          environment: "node",
          // Two cores may be building something else meanwhile.
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
