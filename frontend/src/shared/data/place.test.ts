import { describe, expect, it } from "vitest";
import type { FileItem } from "@/api/wire";
import { behind, upToNext, withEntry, without } from "./place";

const file = (name: string, more: Partial<FileItem> = {}) => ({ id: name, name, path: `cloudreve://my/${name}`, type: 0, size: 1, ...more }) as FileItem;
const list = (...pages: string[][]) => ({
  pages: pages.map((names, at) => ({ files: names.map((name) => file(name)), pagination: { page: 0, page_size: 2, next_token: at < pages.length - 1 ? "more" : undefined } })),
});
const names = (known: ReturnType<typeof list>) => known.pages.map(({ files }) => files.map(({ name }) => name));
const byName = { by: "name", direction: "asc" } as const;

describe("an entry that is new", () => {
  it("goes where the server would list it", () => {
    expect(names(withEntry(list(["a", "c"], ["e", "g"]), file("b"), byName))).toEqual([["a", "b", "c"], ["e", "g"]]);
    expect(names(withEntry(list(["a", "c"], ["e", "g"]), file("d"), byName))).toEqual([["a", "c"], ["d", "e", "g"]]);
    expect(names(withEntry(list(["a", "c"], ["e", "g"]), file("z"), byName))).toEqual([["a", "c"], ["e", "g", "z"]]);
    expect(names(withEntry(list(["g", "e"], ["c", "a"]), file("d"), { by: "name", direction: "desc" }))).toEqual([["g", "e"], ["d", "c", "a"]]);
  });

  it("stands among the folders if it is one", () => {
    expect(names(withEntry(list(["m"], ["n"]), file("z", { type: 1 }), byName))).toEqual([["z", "m"], ["n"]]);
  });

  it("waits for the page it belongs to", () => {
    const known = list(["a", "c"]);
    known.pages[0]!.pagination.next_token = "more";
    expect(names(withEntry(known, file("d"), byName))).toEqual([["a", "c"]]);
    expect(names(withEntry(known, file("b"), byName))).toEqual([["a", "b", "c"]]);
  });

  it("leaves its old place", () => {
    expect(names(withEntry(list(["a", "c"], ["e", "g"]), file("f", { id: "a" }), byName))).toEqual([["c"], ["e", "f", "g"]]);
  });

  it("comes into an empty folder", () => {
    expect(names(withEntry(list([]), file("a"), byName))).toEqual([["a"]]);
  });
});

describe("an entry that is gone", () => {
  it("leaves the other pages as they were", () => {
    const known = list(["a"], ["b"]);
    const left = without(known, ({ name }) => name === "b");
    expect(names(left)).toEqual([["a"], []]);
    expect(left.pages[0]).toBe(known.pages[0]);
  });
});

describe("a page that is read again", () => {
  const read = (...all: string[]) => all.map((name) => file(name));
  it("ends where the next one begins", () => {
    expect(upToNext(read("a", "b", "c", "d"), read("c", "d"))?.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(upToNext(read("a", "b", "b2", "c"), read("c", "d"))?.map(({ name }) => name)).toEqual(["a", "b", "b2"]);
  });
  it("does not end at what only came from there", () => {
    expect(upToNext(read("a", "d", "b", "c"), read("c", "d"))?.map(({ name }) => name)).toEqual(["a", "d", "b"]);
  });
  it("has to be read on if the next one does not show", () => {
    expect(upToNext(read("a", "b"), read("c", "d"))).toBeUndefined();
  });
  it("begins behind the one before it, however that one has grown or shrunk", () => {
    const from = (...all: Parameters<typeof behind>) => behind(...all).map(({ name }) => name);
    expect(from(read("a", "b"), read("c", "d"), read("c", "d"))).toEqual(["c", "d"]);
    expect(from(read("a", "b"), read("c", "d"), read("a", "b", "c"))).toEqual(["c"]);
    expect(from(read("a", "b"), read("c", "d"), read("a"))).toEqual([]);
    // Two were deleted before it, or two of its own.
    expect(from(read("a", "b"), read("c", "d", "e"), read("e", "f"), 2)).toEqual(["c", "d", "e", "f"]);
    expect(from(read("a", "b"), read("c", "d", "e"), read("e", "f"))).toEqual(["e", "f"]);
    // One that came from before is not where it begins.
    expect(from(read("a", "b"), read("c", "d"), read("c", "b", "d"))).toEqual(["c", "b", "d"]);
    expect(from([], read("c"), read("x"))).toEqual(["x"]);
    expect(from(read("a"), read("c"), [])).toEqual([]);
  });
});
