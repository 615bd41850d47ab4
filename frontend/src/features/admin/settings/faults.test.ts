import { expect, test } from "vitest";
import { faultsIn, takenBy } from "./faults";

const all = [{ key: "siteURL" }, { key: "smtpPort" }];

test("every setting is told what is wrong with it", () => {
  expect(faultsIn("siteURL: wants web addresses: a\nsmtpPort: wants a number", all)).toEqual({ siteURL: "wants web addresses: a", smtpPort: "wants a number" });
});

test("what is about no setting is told of none", () => {
  expect(faultsIn("Database error: siteURL: x", all)).toEqual({});
  expect(faultsIn("", all)).toEqual({});
});

test("only what somebody else set meanwhile is named", () => {
  expect(takenBy(["siteURL", "smtpPort"], { siteURL: "a", smtpPort: "25" }, { siteURL: "b", smtpPort: "25" })).toEqual([["siteURL", "b"]]);
});
