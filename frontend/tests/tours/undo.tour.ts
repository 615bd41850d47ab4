/** Taking back what was done to thousands of files: what is back shows. */
import { describe, expect, it } from "vitest";
import { fill, hasSqlite } from "../large";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES } from "../tour";

/** Three pages. */
const COUNT = 3200;
let person: Person;
const on = stage(async (made) => (person = await made.register("returner")));

describe.skipIf(!hasSqlite).each(SIZES)("a large folder, at a $name", (size) => {
  const open = async (name: string) => {
    await person.folder(name);
    fill(on.server, name, COUNT, "0");
    await person.call("PATCH", "/file/view", { uri: uriOf(name), view: { page_size: 100, view: "list", thumbnail: true, order: "name", order_direction: "asc" } });
    const tour = await on.visit({ person, size });
    await tour.open(`/home?path=${encodeURIComponent(uriOf(name))}`);
    await tour.entry("file 000000.txt").waitFor();
    await tour.page.keyboard.press("Control+a");
    await tour.page.getByText(`${COUNT.toLocaleString("en")} selected`).waitFor();
    return tour;
  };

  it("is there again after its deletion was taken back", async () => {
    const tour = await open(`Deleted ${size.name}`);
    const { page } = tour;
    await page.keyboard.press("Delete");
    await page.getByText("This folder is empty").waitFor();
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await tour.entry("file 000000.txt").waitFor();
    await page.getByText("This folder is empty").waitFor({ state: "detached" });
    await page.getByText(`Restored ${COUNT.toLocaleString("en")} items`).waitFor();
    await page.getByRole("grid").focus();
    await eventually(async () => {
      await page.keyboard.press("End");
      return await tour.entry(`file 00${COUNT - 1}.txt`).count();
    }, (count) => count === 1);
    expect(await tour.entry(`file 00${COUNT - 1}.txt`).count()).toBe(1);
    await tour.end();
  });

  it("is there again when the first page of it was deleted", async () => {
    const name = `Half ${size.name}`;
    const tour = await open(name);
    const { page } = tour;
    const first = page.locator("[data-entry]").first();
    await page.keyboard.press("Escape");
    // The first page and a little of the next.
    await tour.entry("file 000000.txt").getByRole("checkbox").click({ force: true });
    await page.evaluate(() => document.querySelector("[data-scroller]")?.scrollTo(0, 0));
    await page.getByRole("grid").focus();
    for (let pages = 0; pages < 105; pages += 1) await page.keyboard.press("Shift+PageDown");
    await page.getByText(/1,0\d\d selected/).waitFor();
    await page.keyboard.press("Delete");
    await tour.entry("file 000000.txt").waitFor({ state: "detached" });
    await first.waitFor();
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    // What comes back above does not move what one looks at.
    const found = await eventually(async () => {
      await page.evaluate(() => document.querySelector("[data-scroller]")?.scrollTo(0, 0));
      return await tour.entry("file 000000.txt").count();
    }, (count) => count === 1);
    expect(found).toBe(1);
    await tour.end();
  });
});
