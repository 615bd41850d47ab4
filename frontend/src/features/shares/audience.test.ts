import { describe, expect, it } from "vitest";
import { type Audience, audienceOf, mayAdd, mayRead, OPEN, permissionsOf } from "./audience";

describe("the audience of a share", () => {
  const all: Audience[] = [
    { who: "link", rights: "drop", people: [] },
    { who: "link", rights: "add", people: [] },
    { who: "members", rights: "read", people: [] },
    { who: "members", rights: "drop", people: [] },
    { who: "people", rights: "read", people: ["a", "b"] },
    { who: "people", rights: "add", people: ["a"] },
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
    for (const finer of [{ anonymous: "AQ==" }, { group_explicit: { g: "AQ==" } }, { user_explicit: { a: "AQ==", b: "BQ==" } }]) {
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
