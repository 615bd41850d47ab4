import { expect, it } from "vitest";
import { hasBit } from "@/api/bits";
import { sent, toBits } from "./groups";

it("writes the rights that it reads", () => {
  const set = toBits([0, 2, 9, 17]);
  expect([0, 1, 2, 8, 9, 16, 17].filter((bit) => hasBit(set, bit))).toEqual([0, 2, 9, 17]);
});

it("sends back what the form has no field for", () => {
  const before = { aria2_batch: 5, remote_download_options: { "max-tries": "3" }, source_batch: 2 };
  const { settings } = sent(2, "", { name: "Users", other_policies: "[]", source_batch: 7, aria2_batch: 1 }, before);
  expect(settings).toMatchObject({ remote_download_options: { "max-tries": "3" }, source_batch: 7, aria2_batch: 1 });
});
