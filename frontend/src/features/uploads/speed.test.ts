import { describe, expect, it } from "vitest";
import { Speedometer } from "./speed";

describe("the speed of uploads", () => {
  it("is what went over the last seconds", () => {
    let now = 0;
    const speed = new Speedometer(() => now);
    expect(speed.perSecond()).toBe(0);
    speed.mark(1000);
    now = 1000;
    speed.mark(1000);
    now = 2000;
    expect(speed.perSecond()).toBe(1000);
    now = 5500;
    expect(speed.perSecond()).toBeCloseTo(1000 / 4.5);
    now = 60_000;
    expect(speed.perSecond()).toBe(0);
  });

  it("is not guessed from a moment", () => {
    const speed = new Speedometer(() => 0);
    speed.mark(1000);
    expect(speed.perSecond()).toBe(2000);
  });
});
