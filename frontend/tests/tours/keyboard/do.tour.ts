/** What is done with files, without a mouse: only keys are pressed here. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { act, focused, goTo, inDialog, pickItem, pickOption, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { type Person, uriOf } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";

const on = stage((made) => made.register("administrator"));
let number = 0;

describe.each(SIZES)("keys alone do things, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  let page: Page;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`typist${number}`);
    await person.folder("Work");
    for (const name of ["a.txt", "b.txt", "c.txt", "d.txt"]) await person.put(name, `new ${name}`);
    await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: "list", thumbnail: true } });
    tour = await on.visit({ size, person });
    page = tour.page;
    await tour.open();
    await tour.entry("a.txt").waitFor();
  });

  const chosen = () => page.locator('[data-entry][aria-selected="true"]').evaluateAll((all) => all.map((each) => each.querySelector("[title]")?.getAttribute("title")));
  const there = (path: string, names: string[]) => eventually(() => person.names(path), (now) => now.join() === names.join());
  /** Whether what was done left people where they were. */
  const isBackInList = async () => expect(await eventually(() => focused(page), (now) => now.startsWith("Files and folders"))).toMatch(/^Files and folders/);
  /** A folder of the tree in the dialog that is open. */
  const pickFolder = async (name: string, action: RegExp) => {
    const tree = (await inDialog(page)).getByRole("tree");
    await tree.getByRole("treeitem", { name }).waitFor();
    await tabInto(page, tree);
    for (let steps = 0; steps < 5 && !(await focused(page)).startsWith(name); steps += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await press(page, action);
  };

  it("choosing what is far apart, and opening the menu of it", async () => {
    await goTo(tour, "a.txt");
    await page.keyboard.press("Control+ArrowDown");
    await page.keyboard.press("Control+ArrowDown");
    expect(await chosen()).toEqual(["a.txt"]);
    await page.keyboard.press("Space");
    expect(await chosen()).toEqual(["a.txt", "c.txt"]);
    await page.keyboard.press("Shift+ArrowDown");
    expect(await chosen()).toEqual(["c.txt", "d.txt"]);
    await page.keyboard.press("ContextMenu");
    const menu = page.getByRole("menu", { name: "Actions" });
    await menu.waitFor();
    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "detached" });
    await isBackInList();
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("Escape");
    expect(await chosen()).toEqual([]);
    await tour.end();
  });

  it("making folders and files, and renaming them", async () => {
    await press(page, /^New$/);
    await pickItem(page, /^New folder/);
    await page.getByRole("dialog").getByLabel("Name").waitFor();
    await eventually(() => focused(page), (now) => now.startsWith("Name"));
    await page.keyboard.press("Control+a");
    await page.keyboard.type("a/b");
    await page.getByText("A name cannot contain").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Made");
    await page.keyboard.press("Enter");
    await tour.entry("Made").waitFor();
    expect(await eventually(() => focused(page), (now) => now === "New")).toBe("New");
    await goTo(tour, "a.txt");
    await page.keyboard.press("F2");
    await eventually(() => focused(page), (now) => now.startsWith("Name"));
    // The extension is not marked, so it stays.
    await page.keyboard.type("renamed");
    await page.keyboard.press("Enter");
    await tour.entry("renamed.txt").waitFor();
    await isBackInList();
    await there("", ["Made", "Work", "b.txt", "c.txt", "d.txt", "renamed.txt"]);
    await press(page, /^New$/);
    await pickItem(page, /^New text file/);
    await eventually(() => focused(page), (now) => now.startsWith("Name"));
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "New file.txt" }).waitFor();
    await press(page, /^Close$/);
    await tour.entry("New file.txt").waitFor();
    await tour.end();
  });

  it("moving, copying, cutting and pasting, with taken names", async () => {
    await act(tour, "a.txt", /^Move to/);
    await pickFolder("Work", /^Move here/);
    await tour.entry("a.txt").waitFor({ state: "detached" });
    await there("Work", ["a.txt"]);
    await isBackInList();
    await page.keyboard.press("Control+z");
    await tour.entry("a.txt").waitFor();
    await there("Work", []);
    await act(tour, "a.txt", /^Copy to/);
    await pickFolder("Work", /^Copy here/);
    await there("Work", ["a.txt"]);
    await act(tour, "a.txt", /^Copy to/);
    await pickFolder("Work", /^Copy here/);
    await page.getByRole("dialog", { name: "Names are taken" }).waitFor();
    await press(page, /^Keep both/);
    await there("Work", ["a (1).txt", "a.txt"]);
    await goTo(tour, "b.txt");
    await page.keyboard.press("Control+x");
    await goTo(tour, "Work");
    await page.keyboard.press("Enter");
    await tour.entry("a (1).txt").waitFor();
    await page.keyboard.press("Control+v");
    await tour.entry("b.txt").waitFor();
    await there("", ["Work", "a.txt", "c.txt", "d.txt"]);
    await page.keyboard.press("Backspace");
    await tour.entry("c.txt").waitFor();
    await tour.end();
  });

  it("deleting with a way back, restoring, deleting for good, emptying the trash", async () => {
    await goTo(tour, "a.txt");
    await page.keyboard.press("Delete");
    await tour.entry("a.txt").waitFor({ state: "detached" });
    await eventually(() => person.names("cloudreve://trash"), (names) => names.length === 1);
    await page.getByText("“a.txt” is in the trash").waitFor();
    await page.keyboard.press("Control+z");
    await tour.entry("a.txt").waitFor();
    await goTo(tour, "b.txt");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Delete");
    await tour.entry("c.txt").waitFor({ state: "detached" });
    await goTo(tour, "d.txt");
    await page.keyboard.press("Shift+Delete");
    await inDialog(page);
    await press(page, /^Delete for good/);
    await there("", ["Work", "a.txt"]);
    await page.keyboard.press("Control+k");
    await inDialog(page);
    await page.keyboard.type("trash");
    await page.getByRole("option", { name: "Trash", exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await act(tour, "b.txt", /^Restore/);
    await tour.entry("b.txt").waitFor({ state: "detached" });
    await press(page, /^Empty trash/);
    await inDialog(page);
    await press(page, /^Empty trash/);
    await page.getByText("The trash is empty", { exact: true }).waitFor();
    await there("", ["Work", "a.txt", "b.txt"]);
    await tour.end();
  });

  it("downloading, direct links, tags and what a file looks like", async () => {
    const [saved] = await Promise.all([page.waitForEvent("download"), act(tour, "a.txt", /^Download/)]);
    expect(saved.suggestedFilename()).toBe("a.txt");
    await act(tour, "a.txt", /^Direct link/);
    await inDialog(page);
    await press(page, /^Copy link/);
    const link = await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text.includes("/f/"));
    expect(await (await fetch(link)).text()).toBe("new a.txt");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await isBackInList();
    await act(tour, "a.txt", /^Tags and look/);
    await inDialog(page);
    await tabTo(page, /^Tags/);
    await page.keyboard.type("green");
    await page.keyboard.press("Enter");
    await press(page, /^#2f8f4e/);
    expect(await ringIsVisible(page)).toBe(true);
    const emoji = page.getByRole("dialog").getByRole("toolbar", { name: "Emoji" });
    await tabInto(page, emoji);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toMatch(/^😀/);
    await page.keyboard.press("Enter");
    await tour.shot("keys-look");
    await press(page, /^Save/);
    await tour.entry("a.txt").getByText("😀").waitFor();
    await isBackInList();
    await act(tour, "a.txt", /^Open with/);
    await inDialog(page);
    await press(page, /^Text editor/);
    await page.getByRole("dialog", { name: "a.txt" }).waitFor();
    await tour.end();
  });

  it("ending what is in the way, and reading what failed", async () => {
    await person.call("PUT", "/file/upload", { uri: uriOf("a.txt"), size: 10, entity_type: "version" });
    await goTo(tour, "a.txt");
    await page.keyboard.press("F2");
    await eventually(() => focused(page), (now) => now.startsWith("Name"));
    await page.keyboard.type("free");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "In use" }).waitFor();
    await press(page, /^Unlock and go on/);
    await tour.entry("free.txt").waitFor();
    // What others delete meanwhile is not heard of here.
    await page.route("**/file/events*", (route) => route.abort());
    await page.reload();
    await goTo(tour, "b.txt");
    await page.keyboard.press("Shift+ArrowDown");
    await person.call("DELETE", "/file", { uris: [uriOf("b.txt"), uriOf("c.txt")] });
    await page.keyboard.press("Delete");
    const failures = page.getByRole("dialog", { name: "2 items could not be done" });
    await failures.waitFor();
    await tabInto(page, failures.getByRole("button", { name: "Close" }).last());
    await page.keyboard.press("Enter");
    await failures.waitFor({ state: "detached" });
    await tour.end();
  });

  it("sharing with limits, and changing that later", async () => {
    await act(tour, "a.txt", /^Share$/);
    await inDialog(page);
    await press(page, /^Protect with a password/, "Space");
    await tabTo(page, /^Password/);
    await page.keyboard.type("secret");
    await tabTo(page, /^Expires after/);
    await page.keyboard.press("ArrowDown");
    await pickOption(page, "7 days");
    await tabTo(page, /^Most downloads/);
    await page.keyboard.type("5");
    await press(page, /^Make link/);
    await page.getByAltText("QR code").waitFor();
    await press(page, /^Copy$/);
    const link = await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text.includes("/s/"));
    await press(page, /^Done/);
    await isBackInList();
    await tour.open("/shares");
    await press(page, /^Actions for a.txt/);
    await pickItem(page, /^Change/);
    await inDialog(page);
    await page.getByLabel("Most downloads").waitFor();
    await tabTo(page, /^Most downloads/);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("9");
    await press(page, /^Save/);
    await press(page, /^Done/);
    expect(await eventually(() => focused(page), (now) => now.startsWith("Actions for"))).toMatch(/^Actions for a.txt/);
    const id = new URL(link).pathname.split("/")[2] ?? "";
    expect(await person.call("GET", `/share/info/${id}?password=secret`)).toMatchObject({ remain_downloads: 9 });
    await page.keyboard.press("Enter");
    await pickItem(page, /^QR code/);
    await page.getByAltText("QR code").waitFor();
    await page.keyboard.press("Escape");
    await page.getByAltText("QR code").waitFor({ state: "detached" });
    await tour.end();
  });
});
