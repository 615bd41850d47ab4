/** Folders larger than anybody has: the bars of time and memory. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, hasSqlite } from "../large";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  person = await Person.register(server.base, "collector");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const KIB = 1024;
const USABLE_MS = 700;
/** A machine that is busy with something else says nothing about the page: it gets more than one try. */
const VISITS = 12;

/** Somebody who was never here: how long until something can be typed into the form, and what it took. */
async function firstVisit(then?: (page: Page) => Promise<void>) {
  const tour = await visit(browser, server.base);
  const { page } = tour;
  const network = await tour.context.newCDPSession(page);
  await network.send("Network.enable");
  let bytes = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(() => {
    const look = new MutationObserver(() => {
      if (!document.querySelector('input[type="email"]')) return;
      look.disconnect();
      // Drawn, not only made.
      requestAnimationFrame(() => setTimeout(() => performance.mark("usable")));
    });
    look.observe(document, { childList: true, subtree: true });
  });
  await tour.open("/session");
  await page.waitForFunction(() => performance.getEntriesByName("usable").length > 0);
  const usable = await page.evaluate(() => performance.getEntriesByName("usable")[0]?.startTime ?? Number.NaN);
  await page.getByLabel("Email").fill(person.email);
  await page.waitForLoadState("networkidle");
  const form = bytes;
  await then?.(page);
  await tour.end();
  return { usable, form, more: bytes - form };
}

describe("a first visit", () => {
  it("costs less than 350 KiB until the form, and 250 KiB more until the files", async () => {
    const { form, more } = await firstVisit(async (page) => {
      await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("This folder is empty").waitFor();
      await page.waitForLoadState("networkidle");
    });
    console.log(`sign-in form: ${Math.round(form / KIB)} KiB; files: ${Math.round(more / KIB)} KiB more`);
    expect(form).toBeLessThan(350 * KIB);
    expect(more).toBeLessThan(250 * KIB);
  });

  it("can type into the form within 0.7 seconds", async () => {
    const times: number[] = [];
    for (let count = 0; count < VISITS && (count < 3 || Math.min(...times) > USABLE_MS); count += 1) times.push((await firstVisit()).usable);
    console.log(`sign-in form: usable after ${times.map((time) => Math.round(time)).join(", ")} ms`);
    expect(Math.min(...times)).toBeLessThan(USABLE_MS);
  });
});

const LARGE = 100_000;

/** A listing as the server would send it, from a hundred thousand files that need no disk. */
function page(number: number, size: number, total: number, folder: string) {
  const from = number * size;
  const files = Array.from({ length: Math.min(size, total - from) }, (_, at) => {
    const name = `file ${String(from + at).padStart(6, "0")}.txt`;
    return {
      type: 0,
      id: `f${from + at}`,
      name,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
      size: 1000 + at,
      metadata: {},
      path: uriOf(`${folder}/${name}`),
      capability: "w8edAQ==",
      owned: true,
      primary_entity: "x",
    };
  });
  const parent = { type: 1, id: "p", name: "", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", size: 0, metadata: null, path: folder ? uriOf(folder) : "cloudreve://my/", capability: "w8edAQ==", primary_entity: "x" };
  return {
    code: 0,
    msg: "",
    data: {
      files,
      parent,
      pagination: { page: number, page_size: size, total_items: total },
      props: { capability: "w8edAQ==", max_page_size: 2000, order_by_options: ["name"], order_direction_options: ["asc"] },
      context_hint: "0b6c2f0e-55f2-4d0b-9a0e-3f1c7f6f2f11",
      mixed_type: false,
      view: { page_size: 100, view: "list", thumbnail: true, order: "name", order_direction: "asc" },
    },
  };
}

describe.skipIf(!hasSqlite)("a folder of 100,000 files", () => {
  it("scrolls smoothly and stays small in memory", { timeout: 120_000 }, async () => {
    await person.folder("Large");
    fill(server, "Large", LARGE);
    await person.call("PATCH", "/file/view", { uri: uriOf("Large"), view: { page_size: 100, view: "list", thumbnail: true } });
    const tour = await visit(browser, server.base, { person });
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Large"))}`);
    await tour.entry("file 000000.txt").waitFor();
    const beginning = await scroll(tour, 400);
    const began = Date.now();
    // To the very end: every page is fetched on the way. Slow machines get as far as they get.
    const read = await tour.page.evaluate(async (all) => {
      const deadline = performance.now() + 60_000;
      const read = () => Number(document.querySelector("[data-grid]")?.getAttribute("aria-rowcount"));
      while (read() < all && performance.now() < deadline) {
        const scroller = document.querySelector<HTMLElement>("[data-scroller]");
        scroller?.scrollTo(0, scroller.scrollHeight);
        await new Promise(requestAnimationFrame);
      }
      return read();
    }, LARGE);
    if (read > LARGE) {
      await tour.page.locator("[data-scroller]").evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
      await tour.entry("file 099999.txt").waitFor();
    }
    const seconds = (Date.now() - began) / 1000;
    const end = await scroll(tour, -400);
    const rows = await tour.page.locator("[data-entry]").count();
    const heap = await tour.page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0);
    const said = (name: string, { median, slow }: Frames) => `${name}: frames of ${median.toFixed(1)} ms, 95 of 100 under ${slow.toFixed(1)} ms`;
    console.log(`${said("first pages", beginning)}; ${said(`with ${read} rows`, end)}; read in ${seconds.toFixed(1)} s; heap ${Math.round(heap / 1024 / 1024)} MiB; rows in the page ${rows}`);
    expect(rows).toBeLessThan(120);
    expect(heap).toBeLessThan(200 * 1024 * 1024);
    await tour.end();
  });
});

interface Frames {
  median: number;
  slow: number;
}

async function scroll(tour: Visit, step: number): Promise<Frames> {
  const frames = await tour.page.evaluate(async (pixels) => {
    const scroller = document.querySelector<HTMLElement>("[data-scroller]");
    const gaps: number[] = [];
    let last = performance.now();
    for (let count = 0; count < 200; count += 1) {
      scroller?.scrollBy(0, pixels);
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    return gaps.sort((a, b) => a - b);
  }, step);
  return { median: frames[100] ?? 0, slow: frames[190] ?? 0 };
}

describe("a folder of 2,000 files", () => {
  it("shows its first rows shortly after the answer", async () => {
    await person.folder("Many");
    const tour = await visit(browser, server.base, { person });
    await tour.open();
    await tour.entry("Many").waitFor();
    await tour.page.route(/\/api\/v4\/file\?.*my%2FMany/, async (route) => {
      const query = new URL(route.request().url()).searchParams;
      await route.fulfill({ json: page(Number(query.get("page") ?? 0), Number(query.get("page_size") ?? 100), 2000, "Many") });
    });
    await tour.page.evaluate(() => {
      const seen = { rows: 0 };
      Object.assign(window, { seen });
      new MutationObserver(() => {
        if (seen.rows === 0 && document.querySelector('[data-path*="Many/file"]')) requestAnimationFrame((now) => (seen.rows = now));
      }).observe(document.body, { childList: true, subtree: true });
    });
    await tour.entry("Many").dblclick();
    await tour.page.waitForFunction(() => (window as unknown as { seen: { rows: number } }).seen.rows > 0);
    const after = await tour.page.evaluate(() => {
      const asked = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      const answer = asked.find(({ name }) => name.includes("/file?") && name.includes("my%2FMany"));
      return (window as unknown as { seen: { rows: number } }).seen.rows - (answer?.responseEnd ?? 0);
    });
    console.log(`first rows ${Math.round(after)} ms after the answer`);
    expect(await tour.page.locator("[data-entry]").count()).toBeGreaterThan(5);
    await tour.end();
  });
});
