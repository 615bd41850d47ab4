import { describe, expect, it } from "vitest";
import { archiveStem, ENCODINGS, isArchive, isTorrent } from "./archives";

describe("archives", () => {
  it("are told from their names", () => {
    for (const name of ["a.zip", "A.ZIP", "b.tar", "b.tar.gz", "b.tgz", "c.tar.zst", "d.tar.lz4", "e.rar", "f.7z", "g.txt.gz", "h.xz"]) expect(isArchive(name), name).toBe(true);
    for (const name of ["zip", "a.zip.txt", "b.lz4", "c.docx", "d.jar"]) expect(isArchive(name), name).toBe(false);
    expect(isTorrent("Linux.TORRENT")).toBe(true);
    expect(isTorrent("torrent")).toBe(false);
  });

  it("are unpacked into folders that are called like them", () => {
    expect(archiveStem("holiday.tar.gz")).toBe("holiday");
    expect(archiveStem("notes.txt.gz")).toBe("notes.txt");
    expect(archiveStem("a.b.zip")).toBe("a.b");
    expect(archiveStem(".zip")).toBe(".zip");
  });

  it("have names in encodings that are each offered once", () => {
    expect(new Set(ENCODINGS.map(({ value }) => value)).size).toBe(ENCODINGS.length);
  });
});
