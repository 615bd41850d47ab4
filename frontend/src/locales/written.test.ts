/** What people read stands in the texts, not in the source. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import admin from "./admin/en.json";
import en from "./en.json";

const SOURCE = new URL("..", import.meta.url).pathname;
/** Attributes whose value is read out or shown. */
const SAID = new Set(["label", "title", "placeholder", "description", "aria-label", "alt", "message", "text", "hint", "action"]);
/** Names and signs that are the same in every language. */
const NAMES = new Set(["README", "Ctrl K", "Alcove", "EXIF", "Esc", "abcd-efgh-jkmn", "pt"]);

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !/\.(test|gen)\.ts$/.test(name));
const isWords = (text: string) => /\p{L}{2,}/u.test(text) && !NAMES.has(text.trim());

/** Words between tags, and in attributes that are said. */
function wordsIn(name: string): string[] {
  const text = readFileSync(join(SOURCE, name), "utf8");
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const tell = (node: ts.Node, words: string) => found.push(`${name}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${words.trim()}`);
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && isWords(node.text)) tell(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteralLike(node.expression) && ts.isJsxElement(node.parent) && isWords(node.expression.text)) tell(node, node.expression.text);
    if (ts.isJsxAttribute(node) && SAID.has(node.name.getText()) && node.initializer) {
      const { initializer } = node;
      const value = ts.isStringLiteral(initializer) ? initializer : ts.isJsxExpression(initializer) ? initializer.expression : undefined;
      if (value && ts.isStringLiteralLike(value) && isWords(value.text)) tell(node, value.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("the source", () => {
  it("holds no words for people", { timeout: 60_000 }, () => {
    expect(files.flatMap(wordsIn)).toEqual([]);
  });

  it("uses every text there is", () => {
    const all = files.map((name) => readFileSync(join(SOURCE, name), "utf8")).join("\n");
    // Keys that are put together where they are used, by the start they have in common.
    const made = [...all.matchAll(/`([a-z]\w*(?:\.\w+)*\.)\$\{/g)].map((match) => match[1] ?? "");
    const keys = Object.entries({ ...en, admin }).flatMap(([section, texts]) => leaves(texts, `${section}.`));
    const unused = keys.filter((key) => {
      const plain = key.replace(/_(one|other)$/, "");
      return !all.includes(`"${plain}"`) && !made.some((start) => plain.startsWith(start));
    });
    expect([...new Set(unused)]).toEqual([]);
  });
});

function leaves(tree: object, above: string): string[] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === "string" ? [above + key] : leaves(value as object, `${above}${key}.`)));
}
