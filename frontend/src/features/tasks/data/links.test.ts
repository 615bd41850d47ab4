import { describe, expect, it } from "vitest";
import { linesOf, namesTorrent, wrongOf } from "./links";

const HEX = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

describe("a magnet link", () => {
  it("names a torrent by a hash that every program can read", () => {
    for (const good of [
      `xt=urn:btih:${HEX}`,
      `xt=urn:btih:${HEX.toUpperCase()}&dn=a%20b&tr=udp://a.example:1`,
      `dn=a&xt.1=urn:btih:${HEX}`,
      `XT=URN:BTIH:${HEX}#end`,
      `xt=urn%3Abtih%3A${HEX}`,
      "xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK",
      `xt=urn:btmh:1220${"0a".repeat(32)}`,
      `xt=urn:sha1:x&xt=urn:btih:${HEX}`,
    ])
      expect(namesTorrent(`magnet:?${good}`), good).toBe(true);
  });

  it("names none by anything else", () => {
    for (const bad of [
      "",
      "dn=a",
      "xt=urn:sha1:x",
      "xt=urn:btih:",
      "xt=urn:btih:abc",
      `xt=urn:btih:z${HEX.slice(1)}`,
      "xt=urn:btih:01234567890123456789012345678901",
      `xt=urn:btmh:${HEX}`,
      `xt=urn:btmh:1221${"0a".repeat(32)}`,
      `as=urn:btih:${HEX}`,
      `dn=a#xt=urn:btih:${HEX}`,
      "xt=%ff",
    ])
      expect(namesTorrent(`magnet:?${bad}`), bad).toBe(false);
  });
});

describe("lines of links", () => {
  it("are told from what is none, and from magnet links that lead nowhere", () => {
    const lines = linesOf(` https://a.example/x \nnowhere\n\nmagnet:?xt=nonsense\nMAGNET:?xt=urn:btih:${HEX}\nnowhere\nftp://b.example/y\nhttp:///z`);
    expect(lines).toHaveLength(6);
    expect(wrongOf(lines)).toEqual({ links: ["nowhere", "http:///z"], magnets: ["magnet:?xt=nonsense"] });
  });
});
