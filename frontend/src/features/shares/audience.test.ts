import { describe, expect, it } from "vitest";
import type { Permissions } from "@/api/wire";
import { type Audience, audienceOf, isListed, mayAdd, mayRead, OPEN, permissionsOf } from "./audience";

describe("the audience of a share", () => {
  const all: Audience[] = [
    { who: "link", rights: "drop", people: [], groups: [] },
    { who: "link", rights: "add", people: [], groups: [] },
    { who: "members", rights: "read", people: [], groups: [] },
    { who: "members", rights: "drop", people: [], groups: [] },
    { who: "people", rights: "read", people: ["a", "b"], groups: [] },
    { who: "people", rights: "add", people: ["a"], groups: ["g"] },
    { who: "people", rights: "read", people: [], groups: ["g", "h"] },
  ];

  it.each(all)("comes back as it was sent: $who, $rights", (audience) => {
    // The server fills in what was left out with empty sets.
    const echo = { same_group: "", other: "", anonymous: "", everyone: "", user_explicit: {}, group_explicit: {}, ...permissionsOf(audience) };
    expect(audienceOf(echo)).toEqual(audience);
  });

  it("is whoever has the link unless something is said", () => {
    expect(permissionsOf(OPEN)).toEqual({});
    expect(audienceOf(undefined)).toEqual(OPEN);
  });

  it("is left alone when it is finer than the dialog can say", () => {
    const all: Permissions[] = [{ anonymous: "AQ==" }, { group_explicit: { g: "AQ==" }, everyone: "AQ==" }, { user_explicit: { a: "AQ==" }, group_explicit: { g: "BQ==" } }, { user_explicit: { a: "AQ==", b: "BQ==" } }];
    for (const finer of all) {
      const audience = audienceOf(finer);
      expect(audience.who).toBe("other");
      expect(permissionsOf(audience)).toBeUndefined();
    }
  });

  it("tells what visitors may do", () => {
    expect([mayRead(undefined), mayAdd(undefined)]).toEqual([true, false]);
    expect([mayRead("BA=="), mayAdd("BA==")]).toEqual([false, true]);
    expect([mayRead("BQ=="), mayAdd("BQ==")]).toEqual([true, true]);
  });
});

describe("the profile of the owner", () => {
  it("lists what anyone may open, as the account has chosen", () => {
    expect(isListed(OPEN, false, "")).toBe(true);
    expect(isListed(OPEN, true, "")).toBe(false);
    expect(isListed(OPEN, true, "all_share")).toBe(true);
    expect(isListed(OPEN, false, "hide_share")).toBe(false);
    expect(isListed({ ...OPEN, rights: "add" }, false, "all_share")).toBe(false);
    expect(isListed({ ...OPEN, who: "members" }, false, "all_share")).toBe(false);
  });
});
