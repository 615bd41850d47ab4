/** Small things that are met every day: names, messages, and what has to stay in sight. */
import { describe, expect, it } from "vitest";
import { Computer, pick } from "../local";
import { uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit } from "../tour";

const on = stage((made) => made.register("administrator"));

const computer = new Computer();

const LONG = "Minutes of the meeting of the northern branch about the plans of the second half, final version 12.docx";

/** Whether all of it can be seen, with nothing above it. */
const inSight = ({ page }: Visit, text: string) =>
  page.getByText(text, { exact: true }).last().evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const clips = (above: Element | null): boolean => {
      if (!above) return false;
      const box = above.getBoundingClientRect();
      return (getComputedStyle(above).overflow !== "visible" && (left < box.left - 1 || right > box.right + 1)) || clips(above.parentElement);
    };
    const whole = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight && !clips(element.parentElement);
    return whole && element.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  });

/** Entries of which a corner lies under something else, of those in the lower half of the list. */
const covered = ({ page }: Visit) =>
  page.evaluate(() => {
    const middle = innerHeight / 2;
    const under = [...document.querySelectorAll("[data-entry]")].filter((entry) => {
      const { left, right, top, bottom } = entry.getBoundingClientRect();
      const corners = [left + 12, right - 12].flatMap((x) => [top + 12, bottom - 12].map((y) => [x, y] as const));
      return bottom > middle && bottom <= innerHeight && !corners.every(([x, y]) => entry.contains(document.elementFromPoint(x, y)));
    });
    return under.map((entry) => entry.textContent);
  });

describe.each(SIZES)("every day, at a $name", (size) => {
  it.each(["list", "grid", "gallery"])("long names keep their end, as %s", async (view) => {
    const person = await on.register(`ida-${view}-${size.name}`);
    await person.put(LONG, "x");
    await person.put("short.txt", "y");
    await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view, thumbnail: true } });
    const tour = await on.visit({ size, person });
    await tour.open();
    await tour.entry(LONG).waitFor();
    const shown = await tour.entry(LONG).locator("[data-name]").evaluate((name) => {
      const { right } = name.getBoundingClientRect();
      const card = name.closest("[data-entry]")?.getBoundingClientRect();
      return { end: getComputedStyle(name, "::after").content, fits: name.scrollWidth <= name.clientWidth + 1 && right <= (card?.right ?? 0) };
    });
    expect(shown.end).toMatch(/^"n 12\.docx"/);
    expect(shown.fits).toBe(true);
    // Whole for those who hear it.
    await tour.page.getByRole(view === "list" ? "row" : "gridcell", { name: LONG }).first().waitFor();
    expect(await inSight(tour, "short.txt")).toBe(true);
    await tour.look(`long-names-${view}`);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("messages stay away from the search and what stands above the list", async () => {
    const person = await on.register(`jan-${size.name}`);
    for (const name of ["a.txt", "b.txt", "c.txt", "d.txt"]) await person.put(name, name);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    for (const name of ["a.txt", "b.txt", "c.txt"]) {
      await tour.choose(name, "Delete");
      await tour.entry(name).waitFor({ state: "detached" });
      await page.getByText(`“${name}” is in the trash`).waitFor();
    }
    const messages = page.locator(".mantine-Notification-root");
    expect(await messages.count()).toBeLessThanOrEqual(2);
    await tour.look("messages");
    expect(tour.barriers).toEqual([]);
    const bar = await page.getByRole("navigation", { name: "Path" }).boundingBox();
    for (const box of await messages.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top))) expect(box).toBeGreaterThan((bar?.y ?? 0) + (bar?.height ?? 0));
    // The way back of the last one is there.
    await page.getByRole("button", { name: "Undo" }).last().click();
    await tour.entry("c.txt").waitFor();
    await tour.end();
  });

  it.each(["list", "grid"])("what is last can be got at while the uploads are shown, as %s", async (view) => {
    const person = await on.register(`leo-${view}-${size.name}`);
    const names = Array.from({ length: 40 }, (_, at) => `note ${String(at).padStart(2, "0")}.txt`);
    for (const name of names) await person.put(name, name);
    await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view, thumbnail: true } });
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("note 00.txt").waitFor();
    await pick(page, ["new a.txt", "new b.txt", "new c.txt"].map((name) => computer.file(name, name)));
    await page.getByText("3 files uploaded").waitFor();
    const panel = page.getByRole("region", { name: "Uploads" });
    // With keys one goes no further than what can be seen.
    if (!size.touch) {
      await page.getByRole("grid", { name: "Files and folders" }).focus();
      await page.keyboard.press("End");
      await page.locator("[data-entry][data-focus]").filter({ hasText: "note 39.txt" }).waitFor();
      await expect.poll(() => covered(tour), { timeout: 20_000 }).toEqual([]);
    }
    const scroller = page.locator("[data-scroller]");
    // Rows that come into sight may still change how far there is to go.
    const atTheEnd = async () => {
      await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return covered(tour);
    };
    await expect.poll(atTheEnd, { timeout: 20_000 }).toEqual([]);
    await tour.entry("note 39.txt").waitFor();
    await tour.shot(`uploads-over-${view}`);
    expect(await tour.findings()).toEqual([]);
    await tour.enter("note 39.txt");
    await page.getByRole("dialog", { name: "note 39.txt" }).getByRole("button", { name: "Close", exact: true }).click();
    // Nothing is left of the room when the panel goes.
    await panel.getByRole("button", { name: "Close" }).click();
    await panel.waitFor({ state: "detached" });
    expect(await scroller.evaluate((element) => getComputedStyle(element).paddingBottom)).toBe("84px");
    await tour.end();
  });

  it("the tree has an arrow where there are folders to open, and nowhere else", async () => {
    const person = await on.register(`mia-${size.name}`);
    for (const path of ["Branch/Twig", "Leaf"]) await person.folder(path);
    await person.put("Leaf/note.txt", "no folder");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const line = (name: string) => page.locator(`nav [role=treeitem][aria-label="${name}"]`);
    const isLeaf = (name: string) => line(name).and(page.locator(":not([aria-expanded])")).waitFor({ state: "attached" });
    const isClosed = (name: string) => line(name).and(page.locator('[aria-expanded="false"]')).waitFor({ state: "attached" });
    const menu = async () => {
      if (size.touch) await page.getByRole("button", { name: "Menu", exact: true }).click();
    };
    await tour.open();
    await tour.entry("Leaf").waitFor();
    await isClosed("Branch");
    await isLeaf("Leaf");
    await menu();
    await tour.look("tree");
    // The names stand below one another all the same.
    const left = (name: string) => line(name).getByText(name).evaluate((element) => element.getBoundingClientRect().left);
    expect(await left("Leaf")).toBe(await left("Branch"));
    await line("Leaf").focus();
    await page.keyboard.press("ArrowRight");
    expect(await line("Leaf").evaluate((element) => element === document.activeElement)).toBe(true);
    await isLeaf("Leaf");
    // What is done here.
    await page.keyboard.press("Enter");
    await tour.entry("note.txt").waitFor();
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "New folder" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Inner");
    await page.keyboard.press("Enter");
    await tour.entry("Inner").waitFor();
    await isClosed("Leaf");
    await tour.choose("Inner", "Delete");
    await isLeaf("Leaf");
    await page.getByRole("button", { name: "Undo" }).last().click();
    await tour.entry("Inner").waitFor();
    await isClosed("Leaf");
    await tour.choose("Inner", "Move to…");
    await page.getByRole("dialog").getByRole("treeitem", { name: "Branch", exact: true }).click();
    await page.getByRole("button", { name: "Move here" }).click();
    await isLeaf("Leaf");
    // What others do.
    await person.folder("Leaf/Other");
    await tour.entry("Other").waitFor();
    await isClosed("Leaf");
    const told = page.waitForResponse((answer) => new URL(answer.url()).searchParams.get("uri") === uriOf("") && answer.url().includes("/file/events"));
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "My files" }).click();
    await tour.entry("Branch").waitFor();
    await told;
    await person.call("DELETE", "/file", { uris: [uriOf("Leaf/Other")] });
    await isLeaf("Leaf");
    await person.folder("Leaf/Another");
    await isClosed("Leaf");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("“Shared with me” and the trash are in sight, however many folders there are", async () => {
    const person = await on.register(`kim-${size.name}`);
    for (let number = 0; number < 25; number += 1) await person.folder(`Folder ${number}`);
    await person.call("PUT", "/file/pin", { uri: uriOf("Folder 3") });
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("Folder 1").waitFor();
    if (size.touch) await page.getByRole("button", { name: "Menu", exact: true }).click();
    await page.getByRole("treeitem", { name: "Folder 7" }).waitFor();
    await tour.still();
    for (const name of ["Shared with me", "My shares", "Trash"]) expect(await inSight(tour, name)).toBe(true);
    await tour.look("places");
    expect(tour.barriers).toEqual([]);
    await page.getByRole("treeitem", { name: "Folder 24" }).click();
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });
});
