/** The place in a long list: Back and a reload return to it, End and Home lead to its ends. */
import { describe, expect, it } from "vitest";
import { fill, hasSqlite } from "../large";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit } from "../tour";

/** Four pages. */
const COUNT = 6_200;
let person: Person;
const on = stage(async (made) => {
  person = await made.register("collector");
  if (!hasSqlite) return;
  await person.folder("Elsewhere");
  for (const [folder, view] of [["Rows", "list"], ["Cards", "grid"]] as const) {
    await person.folder(folder);
    fill(made.server, folder, COUNT, "0");
    await person.call("PATCH", "/file/view", { uri: uriOf(folder), view: { page_size: 100, view, thumbnail: true } });
  }
});

const name = (number: number) => `file ${String(number).padStart(6, "0")}.txt`;
const at = (folder: string) => `/home?path=${encodeURIComponent(uriOf(folder))}`;

/** Scrolls until a file that was not read yet is in sight, and answers how far that is. */
const scrollTo = ({ page }: Visit, number: number) =>
  page.locator("[data-scroller]").evaluate(async (scroller, wanted) => {
    const found = () => document.querySelector(`[data-path$="${wanted}"]`);
    const patience = performance.now() + 60_000;
    while (!found()) {
      if (performance.now() > patience) throw new Error(`${wanted} does not come into sight`);
      // On a busy machine rows may come after they were passed: then once more from the top.
      const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
      if (isAtEnd) scroller.scrollTo(0, 0);
      else scroller.scrollBy(0, scroller.clientHeight / 2);
      await new Promise(requestAnimationFrame);
    }
    found()?.scrollIntoView({ block: "center" });
    await new Promise((rest) => setTimeout(rest, 400));
    return scroller.scrollTop;
  }, encodeURIComponent(name(number)));

/** Waits until the list has come to rest there. */
async function isBack(tour: Visit, number: number, top: number) {
  await tour.entry(name(number)).waitFor();
  await tour.page.waitForFunction((wanted) => Math.abs((document.querySelector("[data-scroller]")?.scrollTop ?? 0) - wanted) < 4, top);
  const inSight = await tour.entry(name(number)).evaluate((row) => {
    const { top: above, bottom } = row.getBoundingClientRect();
    return above > 0 && bottom < innerHeight;
  });
  expect(inSight).toBe(true);
}

async function toTheRoot({ page }: Visit) {
  // The path leads there at both sizes.
  await page.getByRole("navigation", { name: "Path" }).getByRole("button").first().click();
  await page.getByText("Elsewhere", { exact: true }).last().waitFor();
}

describe.skipIf(!hasSqlite).each(SIZES)("a long list, at a $name", (size) => {
  it.each(["Rows", "Cards"])("is where it was when one comes back to it, as %s", async (folder) => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(at(folder));
    await tour.entry(name(0)).waitFor();
    const top = await scrollTo(tour, 1_234);
    await page.goto(at("Elsewhere"));
    await page.getByText("This folder is empty").waitFor();
    // Nothing of the list is known any more: its pages are read again up to there.
    await page.goBack();
    await isBack(tour, 1_234, top);
    await page.reload();
    await isBack(tour, 1_234, top);
    await tour.shot(`place-${folder}`);
    // A new visit begins at the beginning.
    await page.goto(at("Elsewhere"));
    await page.getByText("This folder is empty").waitFor();
    await page.goto(at(folder));
    await tour.entry(name(0)).waitFor();
    expect(await page.locator("[data-scroller]").evaluate((scroller) => scroller.scrollTop)).toBe(0);
    await tour.end();
  });

  it("is where it was after going on and back within the page, and after a file was looked at", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(at("Rows"));
    await tour.entry(name(0)).waitFor();
    const top = await scrollTo(tour, 3_456);
    await tour.enter(name(3_456));
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await isBack(tour, 3_456, top);
    // What was opened by clicks is selected, and its bar stands where the path is.
    await page.keyboard.press("Escape");
    await toTheRoot(tour);
    await tour.enter("Elsewhere");
    await page.getByText("This folder is empty").waitFor();
    await page.goBack();
    await page.goBack();
    await isBack(tour, 3_456, top);
    await tour.end();
  });

  it.each(["Rows", "Cards"])("has its last entry at End and its first at Home, as %s", async (folder) => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(at(folder));
    await tour.entry(name(0)).waitFor();
    await page.locator("[data-grid]").focus();
    await page.keyboard.press("End");
    await tour.entry(name(COUNT - 1)).and(page.locator('[aria-selected="true"]')).waitFor();
    await page.keyboard.press("Home");
    await tour.entry(name(0)).and(page.locator('[aria-selected="true"]')).waitFor();
    await page.reload();
    await tour.entry(name(0)).waitFor();
    await page.locator("[data-grid]").focus();
    // On second thoughts: what is read on the way does not take anybody along.
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await tour.entry(name(0)).and(page.locator('[aria-selected="true"]')).waitFor();
    await page.keyboard.press("Shift+End");
    await page.getByText(`${COUNT.toLocaleString("en")} selected`).waitFor();
    await tour.end();
  });
});
