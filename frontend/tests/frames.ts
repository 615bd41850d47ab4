/** How smoothly a page scrolls. */
import type { Page } from "playwright-core";
import { MainThread, type Try } from "./compare";

/** A frame that takes longer is seen to stutter. */
const SMOOTH_MS = 32;
const FRAMES = 200;
/** So many of them make a pass smooth. */
const SMOOTH_SHARE = 0.99;

/** Scrolls so many pixels in each of many frames; the work is that for one of them. */
export async function scroll(page: Page, thread: MainThread, step: number): Promise<Try> {
  await page.bringToFront();
  const before = await thread.worked();
  const gaps = await page.evaluate(
    async ({ step, count }) => {
      const scroller = document.querySelector("[data-scroller]");
      const gaps: number[] = [];
      await new Promise(requestAnimationFrame);
      let last = performance.now();
      for (let frame = 0; frame < count; frame += 1) {
        scroller?.scrollBy(0, step);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }
      return gaps.sort((a, b) => a - b);
    },
    { step, count: FRAMES },
  );
  const work = ((await thread.worked()) - before) / FRAMES;
  const smooth = gaps.filter((gap) => gap < SMOOTH_MS).length / FRAMES;
  return { good: smooth >= SMOOTH_SHARE, work, seen: `${Math.round(gaps[FRAMES / 2] ?? 0)} ms (${Math.round(smooth * 100)} % smooth)` };
}
