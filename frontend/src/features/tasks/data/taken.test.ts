import { describe, expect, it } from "vitest";
import { nameOfLink } from "./taken";

describe("what a link leads to", () => {
  it("is called as its address ends", () => {
    for (const [link, name] of [
      ["https://a.example/b/some%20file.bin?x=1#y", "some file.bin"],
      ["FTP://me:secret@a.example/%E6%96%87.zip", "文.zip"],
      ["https://a.example/", undefined],
      ["https://a.example/%ff", undefined],
      ["magnet:?xt=urn:btih:1", undefined],
      ["nonsense", undefined],
    ] as const)
      expect(nameOfLink(link)).toBe(name);
  });
});
