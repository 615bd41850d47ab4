import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import adminEn from "./admin/en.json";
import adminZh from "./admin/zh-CN.json";
import en from "./en.json";
import zh from "./zh-CN.json";

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, above = ""): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string" ? [[above + key, value] as const] : [...flatten(value, `${above}${key}.`)],
    ),
  );
}

const plural = (key: string) => key.replace(/_(one|other)$/, "");
const source = new URL("..", import.meta.url).pathname;
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !/\.(test|gen)\.ts$/.test(name));

describe("the texts", () => {
  // Those of the console come with it.
  const english = flatten({ ...en, admin: adminEn });
  const chinese = flatten({ ...zh, admin: adminZh });

  it("are the same in every language", () => {
    expect([...new Set([...chinese.keys()].map(plural))].sort()).toEqual([...new Set([...english.keys()].map(plural))].sort());
  });

  it("keep the same values to fill in", () => {
    const marks = (text = "") => new Set<string>(text.match(/\{\{\w+/g));
    for (const [key, text] of chinese) {
      const meant = new Set([...marks(english.get(key)), ...marks(english.get(`${plural(key)}_one`))]);
      for (const mark of marks(text)) expect(meant, key).toContain(mark);
    }
  });

  it("exist for each column and each fact of the console", () => {
    const kinds = files.filter((name) => name.startsWith("features/admin/kinds/"));
    const named = kinds.flatMap((name) => [...readFileSync(join(source, name), "utf8").matchAll(/\{ id: "(\w+)", cell|^ {6,}\["(\w+)", /gm)]);
    expect(named.length).toBeGreaterThan(80);
    for (const [, column, fact] of named) expect(english.has(`admin.columns.${column ?? fact}`), column ?? fact).toBe(true);
  });

  it("exist wherever the source asks for one", () => {
    const known = new Set([...english.keys()].map(plural));
    const missing: string[] = [];
    for (const name of files) {
      const text = readFileSync(join(source, name), "utf8");
      for (const [, key = ""] of text.matchAll(/["'`]((?:admin|app|connect|errors|files|locks|palette|search|session|settings|shares|tasks|uploads|viewers)\.[A-Za-z][\w.]*)["'`]/g))
        if (!known.has(key)) missing.push(`${name}: ${key}`);
    }
    expect(missing.filter((each) => !each.includes("fileManager"))).toEqual([]);
  });
});
