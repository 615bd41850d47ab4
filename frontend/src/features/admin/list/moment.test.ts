import { expect, it } from "vitest";
import { toField, toMoment } from "./moment";

it("brings a moment to the server and back", () => {
  expect(toMoment("2026-03-01T08:05")).toMatch(/^2026-0[23]-\d\dT\d\d:\d\d:00\.000Z$/);
  expect(toField(toMoment("2026-03-01T08:05"))).toBe("2026-03-01T08:05");
});

it("takes nothing else for a moment", () => {
  for (const text of ["", "soon", "12026-03-01T08:05", "2026-13-01T08:05"]) expect(toMoment(text)).toBe("");
  expect(toField("soon")).toBe("");
});
