/** Folders larger than anybody has: the bars of time and memory. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  person = await Person.register(server.base, "collector");
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const LARGE = 100_000;

/** A listing as the server would send it, from a hundred thousand files that need no disk. */
function page(number: number, size: number) {
  const from = number * size;
  const files = Array.from({ length: Math.min(size, LARGE - from) }, (_, at) => {
    const name = `file ${String(from + at).padStart(6, "0")}.txt`;
    return {
      type: 0,
      id: `f${from + at}`,
      name,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
      size: 1000 + at,
      metadata: {},
      path: uriOf(name),
      capability: "w8edAQ==",
      owned: true,
      primary_entity: "x",
    };
  });
  const parent = { type: 1, id: "p", name: "", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", size: 0, metadata: null, path: "cloudreve://my/", capability: "w8edAQ==", primary_entity: "x" };
  return {
    code: 0,
    msg: "",
    data: {
      files,
      parent,
      pagination: { page: number, page_size: size, total_items: LARGE },
      props: { capability: "w8edAQ==", max_page_size: 2000, order_by_options: ["name"], order_direction_options: ["asc"] },
      context_hint: "0b6c2f0e-55f2-4d0b-9a0e-3f1c7f6f2f11",
      mixed_type: false,
      view: { page_size: 100, view: "list", thumbnail: true, order: "name", order_direction: "asc" },
    },
  };
}

describe("a folder of 100,000 files", () => {
  it("scrolls smoothly and stays small in memory", async () => {
    const tour = await visit(browser, server.base, { person });
    await tour.page.route(/\/api\/v4\/file\?/, async (route) => {
      const query = new URL(route.request().url()).searchParams;
      await route.fulfill({ json: page(Number(query.get("page") ?? 0), Number(query.get("page_size") ?? 100)) });
    });
    await tour.open();
    await tour.entry("file 000000.txt").waitFor();
    const frames = await tour.page.evaluate(async () => {
      const scroller = document.querySelector<HTMLElement>("[data-scroller]");
      const gaps: number[] = [];
      let last = performance.now();
      for (let step = 0; step < 240; step += 1) {
        scroller?.scrollBy(0, 400);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }
      return gaps.sort((a, b) => a - b);
    });
    const median = frames[Math.floor(frames.length / 2)] ?? 0;
    const slow = frames[Math.floor(frames.length * 0.95)] ?? 0;
    await tour.page.locator("[data-grid]").focus();
    await tour.page.keyboard.press("End");
    const rows = await tour.page.locator("[data-entry]").count();
    const heap = await tour.page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0);
    console.log(`frames: median ${median.toFixed(1)} ms, 95 of 100 under ${slow.toFixed(1)} ms; heap ${Math.round(heap / 1024 / 1024)} MiB; rows in the page ${rows}`);
    expect(rows).toBeLessThan(120);
    expect(median).toBeLessThan(32);
    expect(heap).toBeLessThan(200 * 1024 * 1024);
    await tour.end();
  });
});

describe("a folder of 2,000 files", () => {
  it("shows its first rows shortly after the answer", async () => {
    await person.folder("Many");
    const numbers = Array.from({ length: 2000 }, (_, at) => at);
    for (let from = 0; from < numbers.length; from += 50)
      await Promise.all(numbers.slice(from, from + 50).map((at) => person.call("POST", "/file/create", { uri: uriOf(`Many/file ${at}.txt`), type: "file" })));
    const tour = await visit(browser, server.base, { person });
    await tour.open();
    await tour.entry("Many").waitFor();
    const answered = tour.page.waitForResponse((response) => response.url().includes("my%2FMany") && response.url().includes("/file?"));
    await tour.entry("Many").dblclick();
    const timing = (await answered).request().timing();
    await tour.page.locator("[data-entry]").first().waitFor();
    const shown = await tour.page.evaluate(
      () => new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))),
    );
    const after = shown - (timing.startTime + timing.responseEnd);
    console.log(`first rows ${Math.round(after)} ms after the answer, as seen through the test's own latency`);
    expect(await tour.page.locator("[data-entry]").count()).toBeGreaterThan(5);
    await tour.end();
  }, 120_000);
});
