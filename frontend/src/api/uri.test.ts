import { describe, expect, it } from "vitest";
import { searchOf, searchUri } from "./search";
import { childUri, formatUri, isWithin, MY_ROOT, nameOf, parentUri, parseUri, shareUri, trail } from "./uri";
import { hasBit } from "./bits";

describe("file URIs", () => {
  it("keep the form the server sends", () => {
    for (const uri of [
      "cloudreve://my/",
      "cloudreve://my/a%20b/100%25/%E4%B8%AD",
      "cloudreve://AbC:p%40ss@share/x",
      "cloudreve://AbC@share",
      "cloudreve://trash",
      "cloudreve://shared_with_me",
    ])
      expect(formatUri(parseUri(uri))).toBe(uri);
  });

  it("escape names as encodeURIComponent does, whatever is in them", () => {
    for (const name of ["#?&=", "a+b", "50%", "'(!)*~", "日本 語", "a:b@c", "..%2F"]) {
      const uri = childUri(MY_ROOT, name);
      expect(uri).toBe(`cloudreve://my/${encodeURIComponent(name)}`);
      expect(nameOf(uri)).toBe(name);
      expect(parentUri(uri)).toBe(MY_ROOT);
    }
  });

  it("refuse other schemes and file systems", () => {
    expect(() => parseUri("https://my/")).toThrow(TypeError);
    expect(() => parseUri("cloudreve://elsewhere/")).toThrow(TypeError);
  });

  it("keep the case of share ids and the password on the way down", () => {
    expect(childUri(shareUri("aBcD", "pw"), "x y")).toBe("cloudreve://aBcD:pw@share/x%20y");
    expect(parentUri("cloudreve://aBcD:pw@share/x")).toBe("cloudreve://aBcD:pw@share");
  });

  it("tell what lies within what by whole names", () => {
    expect(isWithin("cloudreve://my/ab/c", "cloudreve://my/ab")).toBe(true);
    expect(isWithin("cloudreve://my/abc", "cloudreve://my/ab")).toBe(false);
    expect(isWithin("cloudreve://my/ab", "cloudreve://my/")).toBe(true);
    expect(isWithin("cloudreve://trash/ab", "cloudreve://my/")).toBe(false);
  });

  it("list every folder on the way", () => {
    expect(trail("cloudreve://my/a/b%20c")).toEqual([
      { name: "", uri: "cloudreve://my/" },
      { name: "a", uri: "cloudreve://my/a" },
      { name: "b c", uri: "cloudreve://my/a/b%20c" },
    ]);
  });
});

describe("searches", () => {
  it("survive the way into the address and back", () => {
    const search = { words: "plan 50% #1", type: "file" as const, sizeFrom: 10, updatedTo: 99 };
    expect(searchOf(searchUri("cloudreve://my/Work", search))).toMatchObject(search);
    expect(searchOf("cloudreve://my/Work")).toBeUndefined();
  });

  it("look into the trash by the place things came from", () => {
    const uri = searchUri("cloudreve://trash", { words: "a b" });
    expect(parseUri(uri).query.getAll("meta_sys:restore_uri")).toEqual(["a", "b"]);
  });
});

describe("bit sets", () => {
  it("read little-endian bytes and take missing ones for zero", () => {
    expect([3, 9, 20].every((bit) => hasBit("CAIQ", bit))).toBe(true);
    expect(hasBit("CAIQ", 4)).toBe(false);
    expect(hasBit("AQ==", 77)).toBe(false);
    expect(hasBit("", 0)).toBe(false);
  });
});
