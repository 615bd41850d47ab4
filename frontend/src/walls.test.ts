/** Which floor may import which, read from every file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = new URL(".", import.meta.url).pathname;

/** From the top down: each floor imports itself and those below. */
const FLOORS = ["app", "features", "shared", "api", "ui"];

interface Import {
  from: string;
  to: string;
}

/** Paths below `src` of all files that are written by hand. */
function sources(): string[] {
  const names = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".gen.ts"));
}

const read = (path: string) => readFileSync(join(SRC, path), "utf8");

/** What a file imports of ours, whether at once, later or as types alone. */
export function importsOf(from: string, text: string): Import[] {
  const named = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"((?:@\/|\.)[^"]+)"/g);
  return [...named].map(([, to = ""]) => ({ from, to: to.startsWith("@/") ? to.slice(2) : relative(SRC, join(SRC, dirname(from), to)) }));
}

/** What stands between the two, or nothing. */
export function wallBetween({ from, to }: Import): string | undefined {
  const [floor = "", room = ""] = from.split("/");
  const [below = "", other = ""] = to.split("/");
  // The start of the program, and tests of the whole.
  if (!from.includes("/")) return undefined;
  if (FLOORS.includes(below) && FLOORS.indexOf(below) < FLOORS.indexOf(floor)) return `${floor} may not import ${below}`;
  if (floor === "features" && below === "features" && room !== other) return "features do not know each other";
  return undefined;
}

describe("the web client", () => {
  it("imports from the upper floors down, and no feature from another", () => {
    const all = sources().flatMap((path) => importsOf(path, read(path)));
    expect(all.length).toBeGreaterThan(500);
    const wrong = all.flatMap((each) => wallBetween(each)?.concat(`: ${each.from} → ${each.to}`) ?? []);
    expect(wrong).toEqual([]);
  });

  it("asks the server in folders of data alone", () => {
    const asking = sources().filter((path) => importsOf(path, read(path)).some(({ to }) => to === "api/client"));
    const elsewhere = asking.filter((path) => !path.startsWith("api/") && !path.includes("/data/"));
    // Says what happens when a session ends, and asks nothing.
    expect(elsewhere).toEqual(["app/router.tsx"]);
  });

  it("names what it remembers of the server in one place", () => {
    const named = sources().filter((path) => /queryKey[:=] *\[/.test(read(path).replaceAll(" =", "=")));
    expect(named).toEqual([]);
  });

  it("has no rooms beside the floors", () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual([...FLOORS, "locales"].sort());
    for (const floor of FLOORS) expect(existsSync(join(SRC, floor))).toBe(true);
  });

  it("would notice", () => {
    const text = 'import { a } from "@/app/x";\nimport type { B } from "../../shares/B";\nconst C = lazy(() => import("@/features/viewers/C"));\nimport "./d.css";\nimport e from "react";';
    const found = importsOf("features/files/actions/f.ts", text);
    expect(found.map(({ to }) => to)).toEqual(["app/x", "features/shares/B", "features/viewers/C", "features/files/actions/d.css"]);
    expect(found.map(wallBetween)).toEqual(["features may not import app", "features do not know each other", "features do not know each other", undefined]);
    expect(wallBetween({ from: "ui/a.ts", to: "api/b" })).toBe("ui may not import api");
    expect(wallBetween({ from: "app/a.ts", to: "features/files/b" })).toBeUndefined();
  });
});
