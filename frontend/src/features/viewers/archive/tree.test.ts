import { describe, expect, it } from "vitest";
import { type Entry, folderAt, inOrder, isPicked, leavesBy, takesPassword, toggled, treeOf } from "./tree";

const file = (name: string, size = 1) => ({ name, size, is_directory: false });
const root = treeOf([file("b.txt", 5), { name: "docs/", size: 0, is_directory: true }, file("docs/a 10.txt", 3), file("docs/a 2.txt", 4), file("docs/deep/c.txt", 7), file("odd//d.txt", 2)]);
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

  it("says of a folder why it is left out, unless something in it is not", () => {
    const bad = (name: string) => ({ name, size: 0, is_directory: true, left_out: "too_deep" });
    const both = treeOf([bad("alone/"), bad("with/"), file("with/a.txt"), file("before/a.txt"), bad("before/")]);
    expect(inOrder(both).map(({ name, leftOut }) => [name, leftOut])).toEqual([
      ["before", undefined],
      ["with", undefined],
      ["alone", "too_deep"],
    ]);
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

describe("a path that leads out of the folder", () => {
  it("is known by how it does that", () => {
    for (const [path, why] of [
      ["../a", "climbs"],
      ["a/../../b", "climbs"],
      ["..\\b", "climbs"],
      ["a/..", "climbs"],
      ["/etc/passwd", "absolute"],
      ["\\\\host\\share", "absolute"],
      ["C:\\a", "drive_letter"],
      ["c:a", "drive_letter"],
      ["a", undefined],
      ["a..b/...", undefined],
      ["./a", undefined],
      ["1:a", undefined],
      ["", undefined],
    ] as const)
      expect(leavesBy(path), path).toBe(why);
  });

  it("stands at the end under all of its name, and counts for no folder", () => {
    const climbing = treeOf([file("../etc/x", 9), file("/etc/passwd", 9), file("etc/hosts", 1), file("z.txt", 1)]);
    expect(names(climbing)).toEqual(["etc", "z.txt", "../etc/x", "/etc/passwd"]);
    expect(inOrder(climbing).map(({ leftOut }) => leftOut)).toEqual([undefined, undefined, "climbs", "absolute"]);
    expect(names(folderAt(climbing, "etc"))).toEqual(["hosts"]);
    expect(climbing.size).toBe(2);
  });
});

it("what is left out for what it is stands where it lies, unless something lies in it", () => {
  const linked = treeOf([{ ...file("docs/link", 9), left_out: "link" }, file("docs/a.txt"), { ...file("way"), left_out: "link" }, file("way/b.txt"), { ...file("/x"), left_out: "absolute" }]);
  const docs = folderAt(linked, "docs");
  expect(inOrder(docs).map(({ name, leftOut }) => [name, leftOut])).toEqual([
    ["a.txt", undefined],
    ["link", "link"],
  ]);
  expect(docs.size).toBe(1);
  expect(inOrder(linked).map(({ name, leftOut }) => [name, leftOut])).toEqual([
    ["docs", undefined],
    ["way", undefined],
    ["/x", "absolute"],
  ]);
  // Nobody takes it out by choosing the others.
  const without = toggled(linked, new Set(["docs"]), docs.children.get("a.txt") as Entry);
  expect([...without]).toEqual([]);
});

it("a link that has the name of a folder stays known, whichever of them comes first", () => {
  const link = { ...file("link", 9), left_out: "link" };
  for (const files of [[link, file("link/through.txt", 3)], [file("link/through.txt", 3), link]]) {
    const tree = treeOf(files);
    const marks = (folder: Entry) => inOrder(folder).map(({ name, folder, size, leftOut, besideLeftOut }) => [name, folder, size, leftOut, besideLeftOut]);
    expect(marks(tree)).toEqual([["link", true, 3, undefined, "link"]]);
    expect(marks(folderAt(tree, "link"))).toEqual([["through.txt", false, 3, undefined, undefined]]);
  }
  // A folder that something lies in is made, whatever is said of it.
  const made = treeOf([{ name: "deep/", size: 0, is_directory: true, left_out: "too_deep" }, file("deep/a.txt")]);
  expect(made.children.get("deep")?.besideLeftOut).toBeUndefined();
});

it("knows what takes a password, alone or in a folder, and whether that is among what is chosen", () => {
  const secret = (name: string) => ({ ...file(name), encrypted: true });
  const closed = treeOf([file("plan.txt"), secret("letters/mine/a.txt"), file("letters/b.txt"), { ...secret("jump"), left_out: "link" }, secret("c.txt")]);
  expect(inOrder(closed).map(({ name, encrypted }) => [name, !!encrypted])).toEqual([["letters", true], ["c.txt", true], ["plan.txt", false], ["jump", true]]);
  expect(folderAt(closed, "letters").children.get("b.txt")?.encrypted).toBeUndefined();
  const asks = (...picked: string[]) => takesPassword(closed, new Set(picked));
  expect([asks(), asks("letters"), asks("letters/mine/a.txt"), asks("plan.txt", "c.txt")]).toEqual([true, true, true, true]);
  expect([asks("plan.txt"), asks("letters/b.txt"), asks("letters/b.txt", "plan.txt")]).toEqual([false, false, false]);
  // What is left out takes none.
  expect(takesPassword(treeOf([{ ...secret("in/jump"), left_out: "link" }, file("a.txt")]), new Set())).toBe(false);
});

it("knows which sizes nobody knows", () => {
  const { children } = treeOf([{ ...file("log.txt", 0), unknown_size: true }, file("empty.txt", 0)]);
  expect([...children.values()].map(({ unknownSize }) => unknownSize ?? false)).toEqual([true, false]);
});
