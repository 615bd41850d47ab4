import { expect, it } from "vitest";
import type { Task } from "@/api/wire";
import { isLonely } from "./lonely";

const BEGUN = "2026-01-01T00:00:00Z";
const later = (seconds: number) => Date.parse(BEGUN) + seconds * 1_000;
const nobody = { name: "x", state: "downloading", total: 40_000, downloaded: 0, download_speed: 0, uploaded: 0, upload_speed: 0, hash: "abc", peers: 0 };
const task = (download: object, more: object = {}, props: object = {}): Task =>
  ({ id: "x", type: "remote_download", status: "suspending", created_at: BEGUN, updated_at: BEGUN, summary: { phase: "monitor", props: { download: { ...nobody, ...download }, ...props } }, ...more }) as unknown as Task;

it("a torrent that nobody has is told of once it was looked for a while", () => {
  expect(isLonely(task({}), later(10))).toBe(false);
  expect(isLonely(task({}), later(60))).toBe(true);
  // What it is about is not known yet, of a magnet link.
  expect(isLonely(task({ total: 0, name: "" }), later(60))).toBe(true);
});

it("is not said of anything else", () => {
  for (const other of [
    task({ peers: 1 }),
    task({ peers: undefined }),
    task({ downloaded: 9 }),
    task({ download_speed: 9 }),
    task({ hash: undefined }),
    task({ state: "seeding" }),
    task({}, { status: "error" }),
    task({}, { begun_at: "2026-01-01T00:00:50Z" }),
    task({}, {}, { waiting: "downloader" }),
  ])
    expect(isLonely(other, later(60)), JSON.stringify(other)).toBe(false);
});
