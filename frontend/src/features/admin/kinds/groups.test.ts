import { expect, it } from "vitest";
import { hasBit } from "@/api/bits";
import { toBits } from "./groups";

it("writes the rights that it reads", () => {
  const set = toBits([0, 2, 9, 17]);
  expect([0, 1, 2, 8, 9, 16, 17].filter((bit) => hasBit(set, bit))).toEqual([0, 2, 9, 17]);
});
