import { expect, test } from "vitest";
import { faultsIn, isNoSuchNumber, takenBy } from "./faults";

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

test("a number below the least is none that a setting can be", () => {
  const workers = { kind: "number", least: 1 } as const;
  expect(["0", "-3", "-"].map((value) => isNoSuchNumber(workers, value))).toEqual([true, true, true]);
  expect(["1", "30", ""].map((value) => isNoSuchNumber(workers, value))).toEqual([false, false, false]);
  expect(isNoSuchNumber({ kind: "number" }, "-3")).toBe(false);
  expect(isNoSuchNumber({ kind: "text" }, "-3")).toBe(false);
});
