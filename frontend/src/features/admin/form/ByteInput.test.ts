import { expect, it } from "vitest";
import { unitOf } from "./ByteInput";

it("shows a size in the largest unit of which it is a whole number", () => {
  expect([0, 5, 1024, 1536, 5 * 1024 ** 3].map(unitOf)).toEqual([3, 0, 1, 0, 3]);
});
