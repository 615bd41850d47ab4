import { describe, expect, it } from "vitest";
import { deeper, touches } from "./events";

const change = (type: string, from: string, to = "") => ({ type, from, to });

describe("changes in a folder", () => {
  it("touch its list where one of its own entries is concerned", () => {
    expect(touches([change("create", "/a")])).toBe(true);
    expect(touches([change("rename", "/Work/a", "/a")])).toBe(true);
    expect(touches([change("create", "/Work/a"), change("modify", "/Work/Plans/b")])).toBe(false);
  });

  it("name the folders deeper down that something came into or left", () => {
    const changes = [
      change("create", "/Work/a"),
      change("delete", "/Work/b c"),
      change("modify", "/Untouched/a"),
      change("rename", "/Work/Plans/d", "/Old/d"),
      change("rename", "/here", "/there"),
    ];
    expect(deeper("cloudreve://my/", changes)).toEqual(["cloudreve://my/Work", "cloudreve://my/Work/Plans", "cloudreve://my/Old"]);
    expect(deeper("cloudreve://my/A%20b", [change("create", "/ü/x")])).toEqual(["cloudreve://my/A%20b/%C3%BC"]);
  });
});
