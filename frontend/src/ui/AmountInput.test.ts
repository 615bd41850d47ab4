import { expect, it } from "vitest";
import { isAmount } from "./AmountInput";

it("takes numbers that are large enough, or none at all", () => {
  expect(["", 1, 7].map((value) => isAmount(value, 1))).toEqual([true, true, true]);
  expect(["-", -5, 0].map((value) => isAmount(value, 1))).toEqual([false, false, false]);
});
