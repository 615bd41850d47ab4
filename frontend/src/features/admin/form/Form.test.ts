import { expect, it } from "vitest";
import { isChanged } from "./Form";
import { isWrong } from "./types";

it("knows whether anything is not as it was", () => {
  const before = { name: "User", quota: 5, flag: true };
  expect(isChanged(before, { ...before })).toBe(false);
  expect(isChanged(before, { ...before, quota: 6 })).toBe(true);
  expect(isChanged(before, { ...before, flag: false })).toBe(true);
});

it("refuses amounts below nothing", () => {
  const fields = [{ name: "days", kind: "number" }, { name: "size", kind: "bytes" }, { name: "name", kind: "text" }] as const;
  const wrong = (days: string | number) => isWrong([...fields], { days, size: 1, name: "-1" });
  const wrongSize = (size: string | number) => isWrong([...fields], { days: 1, size, name: "" });
  expect([-1, "-"].map(wrong)).toEqual([true, true]);
  expect([0, 7].map(wrong)).toEqual([false, false]);
  expect([-5 * 1024, "-", 0, 5].map(wrongSize)).toEqual([true, true, false, false]);
  // What is not shown cannot be mended, and keeps its value.
  expect(isWrong([{ ...fields[0], when: () => false }], { days: -1 })).toBe(false);
});
