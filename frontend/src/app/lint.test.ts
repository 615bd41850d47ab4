/** The rules of our own that the linter is to know, tried on what they are against. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const place = mkdtempSync(join(tmpdir(), "alcove-lint-"));
afterAll(() => rmSync(place, { recursive: true }));

function complaints(source: string): number {
  writeFileSync(join(place, "biome.json"), JSON.stringify({ plugins: [join(ROOT, "scripts/effects.grit")], linter: { rules: { preset: "none" } } }));
  writeFileSync(join(place, "tried.tsx"), source);
  const { stdout, stderr } = spawnSync(join(ROOT, "node_modules/.bin/biome"), ["lint", "tried.tsx"], { cwd: place, encoding: "utf8" });
  return `${stdout}${stderr}`.match(/React calls what an effect returns/g)?.length ?? 0;
}

describe("the linter", () => {
  it("wants effects that return nothing by accident", { timeout: 60_000 }, () => {
    const bad = ["useEffect(() => element.scrollIntoView(), [element]);", "useEffect(() => void go());", "useLayoutEffect(() => go(), []);", "useEffect(go, []);", "useEffect(props.go, []);"];
    expect(complaints(bad.join("\n"))).toBe(bad.length);
    const good = ["useEffect(() => { go(); }, []);", "useEffect(() => { go(); });", "useEffect(function run() { go(); }, []);", "useMemo(() => go(), []);"];
    expect(complaints(good.join("\n"))).toBe(0);
  });
});
