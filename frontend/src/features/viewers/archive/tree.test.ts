import { describe, expect, it } from "vitest";
import { type Entry, folderAt, inOrder, isPicked, toggled, treeOf } from "./tree";

const file = (name: string, size = 1) => ({ name, size, is_directory: false });
const root = treeOf([file("b.txt", 5), { name: "docs/", size: 0, is_directory: true }, file("docs/a 10.txt", 3), file("docs/a 2.txt", 4), file("docs/deep/c.txt", 7), file("/odd//d.txt", 2)]);
const names = (folder: Entry) => inOrder(folder).map(({ name }) => name);
const at = (path: string) => {
  const folder = folderAt(root, path.split("/").slice(0, -1).join("/"));
  return folder.children.get(path.split("/").at(-1) ?? "") as Entry;
};

describe("what is in an archive", () => {
  it("is shown folder by folder, with folders that only paths name", () => {
    expect(names(root)).toEqual(["docs", "odd", "b.txt"]);
    expect(names(folderAt(root, "docs"))).toEqual(["deep", "a 2.txt", "a 10.txt"]);
    expect(names(folderAt(root, "docs/deep"))).toEqual(["c.txt"]);
    expect(root.children.get("docs")?.size).toBe(14);
    expect(root.size).toBe(21);
    expect(at("odd/d.txt").path).toBe("odd/d.txt");
  });

  it("has a way back from what is not there", () => {
    expect(folderAt(root, "docs/gone/far").path).toBe("docs");
    expect(folderAt(root, "b.txt").path).toBe("");
  });

  it("is chosen one by one, or by the folder", () => {
    let picked = toggled(root, new Set(), at("docs/a 2.txt"));
    picked = toggled(root, picked, at("b.txt"));
    expect([...picked]).toEqual(["docs/a 2.txt", "b.txt"]);
    // The folder stands for what was chosen in it.
    picked = toggled(root, picked, at("docs"));
    expect([...picked].sort()).toEqual(["b.txt", "docs"]);
    expect(isPicked(picked, "docs/deep/c.txt")).toBe(true);
    expect(isPicked(picked, "docs2")).toBe(false);
    // Without one of them the others are named.
    picked = toggled(root, picked, at("docs/deep/c.txt"));
    expect([...picked].sort()).toEqual(["b.txt", "docs/a 10.txt", "docs/a 2.txt"]);
    expect([...toggled(root, picked, at("b.txt"))].sort()).toEqual(["docs/a 10.txt", "docs/a 2.txt"]);
  });
});

it("knows which sizes nobody knows", () => {
  const { children } = treeOf([{ ...file("log.txt", 0), unknown_size: true }, file("empty.txt", 0)]);
  expect([...children.values()].map(({ unknownSize }) => unknownSize ?? false)).toEqual([true, false]);
});
