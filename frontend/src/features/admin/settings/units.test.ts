import { expect, it } from "vitest";
import texts from "@/locales/admin/en.json";
import { amount, inWords, unitOf } from "./units";

it("says how long and how large", () => {
  expect(inWords(108_000)).toBe("1 day 6 hours");
  expect(inWords(61.5)).toBe("1 minute 1.5 seconds");
  expect(amount("archive_max_size", "26214400")).toBe("25 MB");
  expect(amount("scrub_bytes_per_second", "33554432")).toBe("32 MB");
  expect(amount("access_token_ttl", "3600")).toBe("1 hour");
  for (const value of ["", "0", "-1", "x"]) expect(amount("access_token_ttl", value)).toBe("");
  expect(amount("smtpPort", "25")).toBe("");
});

it("knows the units that the names of settings have", () => {
  for (const [key, text] of Object.entries(texts.settings)) expect(unitOf(key), key).toBe(/\((bytes|seconds)\)$/.exec(text)?.[1]);
});
