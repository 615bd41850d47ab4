import { describe, expect, it } from "vitest";
import { splitName } from "./names";

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
