import { describe, expect, it, vi } from "vitest";
import { forbiddenIn, initialsOf, isReserved, shownName, splitName } from "./names";

describe("a name that is too long", () => {
  it("keeps its extension, and what stands before it", () => {
    expect(splitName("Quarterly report of the northern branch, final v12.docx")).toEqual(["Quarterly report of the northern branch, final", " v12.docx"]);
    expect(splitName("年度报告北方分公司最终版本第十二稿.docx")).toEqual(["年度报告北方分公司最终版本", "第十二稿.docx"]);
  });

  it("is not parted where there is room, and nothing to keep", () => {
    for (const name of ["file 000000.txt", "a.md", "A folder or file of a very long name", ".a-hidden-file-of-a-long-name", "what ends with a whole sentence. And another one."])
      expect(splitName(name)).toEqual([name, ""]);
    expect(splitName("Photographs of 2026.04 and later", true)).toEqual(["Photographs of 2026.04 and later", ""]);
  });

  it("does not lose or part letters", () => {
    for (const name of ["Cafe\u0301 menu of the house e\u0301e\u0301.pdf", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦.jpeg", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷.png"]) {
      const [start, end] = splitName(name);
      expect(start + end).toBe(name);
      expect(end).not.toMatch(/^[\u0301\u200d\ufe0f]/);
      expect(end).not.toBe("");
    }
  });
});

describe("a name as it is drawn", () => {
  it("does not turn around, and hides nothing", () => {
    expect(shownName("invoice\u202efdp.exe")).toBe("invoice\ufffdfdp.exe");
    for (const sign of ["\u202a", "\u2066", "\u2069", "\u0000", "\n", "\u007f", "\u0085", "\u200b", "\ufeff"]) expect(shownName(`a${sign}b`)).toBe("a\ufffdb");
    expect(shownName("\u200b")).toBe("\ufffd");
  });

  it("keeps what emoji and languages need", () => {
    for (const name of ["👩‍👩‍👧‍👦 family.jpg", "می\u200cخواهم.txt", "مرحبا.pdf", "e\u0301.md", "a\u00a0b", "❤️"]) expect(shownName(name)).toBe(name);
  });
});

describe("a name that no drive takes", () => {
  it("says by which character", () => {
    expect(forbiddenIn("a?.txt")).toBe("?");
    expect(forbiddenIn("a\\b|c")).toBe("\\");
    expect(forbiddenIn("ünï #1 50%.txt")).toBeUndefined();
    expect(["..", ".", "...", ".a"].map(isReserved)).toEqual([true, true, false, false]);
  });
});

describe("initials", () => {
  it("are whole letters, and emoji are some", () => {
    expect(initialsOf("Ann 😀")).toBe("A😀");
    expect(initialsOf("👩‍👩‍👧‍👦 e\u0301va")).toBe("👩‍👩‍👧‍👦E\u0301");
    expect(initialsOf("ann@example.com")).toBe("AN");
    expect(initialsOf("Ann  van  Dyk")).toBe("AV");
    expect(initialsOf("")).toBe("");
  });

  it("are whole characters where letters cannot be told apart", () => {
    vi.stubGlobal("Intl", { ...Intl, Segmenter: undefined });
    expect(initialsOf("Ann 😀")).toBe("A😀");
    vi.unstubAllGlobals();
  });
});
