/** Folders larger than anybody has: the bars of time and memory. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectGood, JUDGES_TIME, MainThread, type Try, tryByTurns } from "../compare";
import { scroll } from "../frames";
import { fill, hasSqlite, listing } from "../large";
import { openPlain } from "../plain";
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

  it.runIf(JUDGES_TIME)("can type into the form within 0.7 seconds", async () => {
    const times: number[] = [];
    for (let count = 0; count < VISITS && (count < 3 || Math.min(...times) > USABLE_MS); count += 1) times.push((await firstVisit()).usable);
    console.log(`sign-in form: usable after ${times.map((time) => Math.round(time)).join(", ")} ms`);
    expect(Math.min(...times)).toBeLessThan(USABLE_MS);
  });
});

const LARGE = 100_000;
/** So many plain rows cost about what a frame of the list does. */
const ROWS_OF_FRAME = 80;
const PASSES = 4;

describe.skipIf(!hasSqlite)("a folder of 100,000 files", () => {
  it("scrolls smoothly and stays small in memory", { timeout: 480_000 }, async () => {
    await person.folder("Large");
    fill(server, "Large", LARGE);
    await person.call("PATCH", "/file/view", { uri: uriOf("Large"), view: { page_size: 100, view: "list", thumbnail: true } });
    const tour = await visit(browser, server.base, { person });
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Large"))}`);
    await tour.entry("file 000000.txt").waitFor();
    const beside = await tour.context.newPage();
    await openPlain(beside, ROWS_OF_FRAME);
    const [list, plain] = [await MainThread.of(tour.page), await MainThread.of(beside)];
    const passes = (step: number) => tryByTurns(PASSES, () => scroll(tour.page, list, step), () => scroll(beside, plain, step));
    expectGood("first pages", await passes(400));
    await tour.page.bringToFront();
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
    await beside.locator("[data-scroller]").evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    const up = await passes(-400);
    const rows = await tour.page.locator("[data-entry]").count();
    const heap = await tour.page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0);
    console.log(`${read} rows read in ${seconds.toFixed(1)} s; heap ${Math.round(heap / 1024 / 1024)} MiB; rows in the page ${rows}`);
    expectGood("all pages", up);
    expect(rows).toBeLessThan(120);
    expect(heap).toBeLessThan(200 * 1024 * 1024);
    await tour.end();
  });
});

const FIRST_ROWS_MS = 150;
/** So many plain rows, drawn twice, cost about what opening a folder does. */
const ROWS_OF_FOLDER = 250;

/** Does what makes a page ask for a listing: how long after the answer its first rows are drawn. */
async function firstRows(page: Page, address: string, open: () => Promise<void>): Promise<Try> {
  const thread = await MainThread.of(page);
  const before = await thread.worked();
  await open();
  await page.waitForFunction(() => performance.getEntriesByName("rows").length > 0, undefined, { polling: 100 });
  const work = (await thread.worked()) - before;
  const after = await page.evaluate((part) => {
    const asked = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const answer = asked.find(({ name }) => name.includes(part));
    return (performance.getEntriesByName("rows")[0]?.startTime ?? Number.NaN) - (answer?.responseEnd ?? Number.NaN);
  }, address);
  return { good: after <= FIRST_ROWS_MS, work, seen: `${Math.round(after)} ms` };
}

async function openFolder(): Promise<Try> {
  const tour = await visit(browser, server.base, { person });
  const { page } = tour;
  await tour.open();
  await tour.entry("Many").waitFor();
  await page.route(/\/api\/v4\/file\?.*my%2FMany/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    await route.fulfill({ json: listing(Number(query.get("page") ?? 0), Number(query.get("page_size") ?? 100), 2000, "Many") });
  });
  await page.evaluate(() => {
    new MutationObserver((_, look) => {
      if (!document.querySelector('[data-path*="Many/file"]')) return;
      look.disconnect();
      // Drawn, not only made.
      requestAnimationFrame(() => setTimeout(() => performance.mark("rows")));
    }).observe(document.body, { childList: true, subtree: true });
  });
  const opened = await firstRows(page, "my%2FMany", () => tour.entry("Many").dblclick());
  expect(await page.locator("[data-entry]").count()).toBeGreaterThan(5);
  await tour.end();
  return opened;
}

async function openRows(): Promise<Try> {
  const { context, page } = await visit(browser, server.base);
  await openPlain(page, ROWS_OF_FOLDER);
  const opened = await firstRows(page, "/answer", () => page.getByRole("button", { name: "Open" }).click());
  await context.close();
  return opened;
}

describe("a folder of 2,000 files", () => {
  it("shows its first rows soon after the answer", async () => {
    await person.folder("Many");
    expectGood("first rows", await tryByTurns(VISITS, openFolder, openRows));
  });
});
