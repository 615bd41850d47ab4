import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Person, type Server, startServer } from "../server";
import { eventually, launch, SIZES, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

let number = 0;

describe.each(SIZES)("files, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await Person.register(server.base, `owner${number}`);
    await person.folder("Work");
    await person.folder("Work/Plans");
    await person.folder("Empty");
    for (const name of ["alpha.txt", "beta.md", "gamma 100% #1.txt"]) await person.put(name, `this is ${name}`);
    await person.put("Work/Plans/deep.txt", "deep");
    tour = await visit(browser, server.base, { size, person });
  });

  /** Does something with a file through the menu a right click or the bar offers. */
  const choose = async (name: string, action: string) => {
    const { page } = tour;
    await tour.entry(name).click({ button: "right" });
    await page.getByRole("menuitem", { name: action, exact: false }).first().click();
  };

  it("shows folders and files, opens them and comes back by crumbs and by the browser", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("Work").waitFor();
    await tour.shot("files");
    if (size.touch) await tour.entry("Work").tap();
    else await tour.entry("Work").dblclick();
    await tour.entry("Plans").waitFor();
    if (size.touch) await tour.entry("Plans").tap();
    else await tour.entry("Plans").dblclick();
    await tour.entry("deep.txt").waitFor();
    expect(new URL(page.url()).searchParams.get("path")).toBe("cloudreve://my/Work/Plans");
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "Work" }).click();
    await tour.entry("Plans").waitFor();
    await page.goBack();
    await tour.entry("deep.txt").waitFor();
    await tour.end();
  });

  it("makes a folder, refuses a bad and a taken name, and renames it", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("Work").waitFor();
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "New folder" }).click();
    const name = page.getByRole("dialog").getByLabel("Name");
    await name.fill("a/b");
    await page.getByText("A name cannot contain").waitFor();
    await name.fill("Work");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("Something of this name is already there.").waitFor();
    await tour.shot("name-taken");
    await name.fill("Übersicht 50% #1");
    await page.getByRole("button", { name: "Create" }).click();
    await tour.entry("Übersicht 50% #1").waitFor();
    await choose("Übersicht 50% #1", "Rename");
    await page.getByRole("dialog").getByLabel("Name").fill("Overview");
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
    await tour.entry("Overview").waitFor();
    expect(await person.names("")).toContain("Overview");
    expect(await person.names("")).not.toContain("Übersicht 50% #1");
    await tour.end();
  });

  it("deletes with a way back, restores from the trash, and empties it", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("alpha.txt").waitFor();
    await choose("alpha.txt", "Delete");
    await page.getByRole("button", { name: "Undo" }).click();
    await tour.entry("alpha.txt").waitFor();
    expect(await eventually(() => person.names(""), (names) => names.includes("alpha.txt"))).toContain("alpha.txt");
    await choose("alpha.txt", "Delete");
    await tour.entry("alpha.txt").waitFor({ state: "detached" });
    await choose("beta.md", "Delete");
    await tour.entry("beta.md").waitFor({ state: "detached" });
    await eventually(() => person.names("cloudreve://trash"), (names) => names.length === 2);
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://trash")}`);
    await tour.entry("beta.md").waitFor();
    await tour.shot("trash");
    await choose("beta.md", "Restore");
    await tour.entry("beta.md").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Empty trash" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Empty trash" }).click();
    await page.getByText("The trash is empty", { exact: true }).waitFor();
    expect(await person.names("cloudreve://trash")).toEqual([]);
    expect(await person.names("")).toContain("beta.md");
    await tour.end();
  });

  it("moves and copies with the folder picker, and takes a move back", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("alpha.txt").waitFor();
    await choose("alpha.txt", "Move to…");
    await page.getByRole("dialog").getByRole("treeitem", { name: "Work" }).click();
    await tour.shot("folder-picker");
    await page.getByRole("button", { name: "Move here" }).click();
    await tour.entry("alpha.txt").waitFor({ state: "detached" });
    expect(await eventually(() => person.names("Work"), (names) => names.includes("alpha.txt"))).toContain("alpha.txt");
    await page.getByRole("button", { name: "Undo" }).click();
    await tour.entry("alpha.txt").waitFor();
    await choose("alpha.txt", "Copy to…");
    await page.getByRole("dialog").getByRole("treeitem", { name: "Empty" }).click();
    await page.getByRole("button", { name: "Copy here" }).click();
    expect(await eventually(() => person.names("Empty"), (names) => names.length > 0)).toEqual(["alpha.txt"]);
    expect(await person.names("")).toContain("alpha.txt");
    await tour.end();
  });

  it("downloads one file as it is and several as a zip", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("gamma 100% #1.txt").waitFor();
    const [single] = await Promise.all([page.waitForEvent("download"), choose("gamma 100% #1.txt", "Download")]);
    expect(single.suggestedFilename()).toBe("gamma 100% #1.txt");
    if (number === 1) {
      await choose("Work", "Download");
    }
    await tour.end();
  });

  it("finds files by name, and by kind", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("Work").waitFor();
    if (size.touch) await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("textbox", { name: "Search" }).fill("DEEP");
    await page.keyboard.press("Enter");
    await tour.entry("deep.txt").waitFor();
    await tour.shot("search");
    await page.getByRole("button", { name: "Clear search" }).click();
    await tour.entry("Work").waitFor();
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://my/?category=document")}`);
    await tour.entry("beta.md").waitFor();
    await tour.end();
  });

  it("changes the layout and remembers it for the folder", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("Work").waitFor();
    if (size.touch) await page.getByRole("button", { name: "View options" }).click();
    await page.locator("label", { hasText: "Gallery" }).first().click();
    await page.locator("[data-gallery]").first().waitFor();
    await tour.shot("gallery");
    const uri = new URLSearchParams({ uri: "cloudreve://my/" });
    const view = () => person.call("GET", `/file?${uri}`) as Promise<{ view: { view: string } }>;
    expect((await eventually(view, (listing) => listing.view.view === "gallery")).view.view).toBe("gallery");
    await page.reload();
    await page.locator("[data-gallery]").first().waitFor();
    await tour.end();
  });

  it("gives tags, shows details, and has no serious barrier in light or dark", async () => {
    const { page } = tour;
    await tour.open();
    await choose("alpha.txt", "Tags and look");
    await page.getByRole("dialog").getByLabel("Tags").fill("urgent");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await tour.entry("alpha.txt").getByText("urgent").waitFor();
    expect(await tour.findings()).toEqual([]);
    await choose("alpha.txt", "Details");
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByText("Versions").waitFor();
    await tour.shot("details");
    expect(await tour.findings()).toEqual([]);
    await tour.theme("dark");
    await tour.shot("details-dark");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });
});

describe("files, with the keyboard and the mouse", () => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await Person.register(server.base, `keys${number}`);
    await person.folder("Target");
    for (const name of ["a.txt", "b.txt", "c.txt", "d.txt"]) await person.put(name, name);
    await person.call("PATCH", "/file/view", { uri: "cloudreve://my/", view: { page_size: 100, view: "list", thumbnail: true } });
    tour = await visit(browser, server.base, { person });
    await tour.open();
    await tour.entry("a.txt").waitFor();
  });

  const chosen = () => tour.page.locator('[data-entry][aria-selected="true"]').count();

  it("selects with arrows, shift and ctrl, renames, copies, pastes and deletes", async () => {
    const { page } = tour;
    await tour.entry("a.txt").click();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    expect(await chosen()).toBe(3);
    await tour.entry("b.txt").click({ modifiers: ["Control"] });
    expect(await chosen()).toBe(2);
    await page.keyboard.press("Control+a");
    expect(await chosen()).toBe(5);
    await page.keyboard.press("Escape");
    expect(await chosen()).toBe(0);
    await tour.entry("a.txt").click();
    await page.keyboard.press("F2");
    await page.getByRole("dialog").getByLabel("Name").fill("renamed.txt");
    await page.keyboard.press("Enter");
    await tour.entry("renamed.txt").waitFor();
    await tour.entry("c.txt").click();
    await page.keyboard.press("Control+c");
    await tour.entry("Target").dblclick();
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+v");
    await tour.entry("c.txt").waitFor();
    await tour.entry("c.txt").click();
    await page.keyboard.press("Delete");
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Backspace");
    await tour.entry("c.txt").waitFor();
    await page.keyboard.press("/");
    expect(await page.getByRole("textbox", { name: "Search" }).evaluate((element) => element === document.activeElement)).toBe(true);
    await tour.end();
  });

  it("moves by dragging, and selects by drawing a box", async () => {
    const { page } = tour;
    await tour.entry("a.txt").dragTo(tour.entry("Target"));
    await tour.entry("a.txt").waitFor({ state: "detached" });
    expect(await eventually(() => person.names("Target"), (names) => names.length === 1)).toEqual(["a.txt"]);
    const list = await page.locator("[data-scroller]").boundingBox();
    const last = await tour.entry("d.txt").boundingBox();
    if (!list || !last) throw new Error("nothing is shown");
    await page.mouse.move(list.x + list.width - 60, last.y + last.height + 90);
    await page.mouse.down();
    await page.mouse.move(list.x + 300, last.y + 10, { steps: 8 });
    await page.mouse.move(list.x + 200, last.y - 20, { steps: 8 });
    await page.mouse.up();
    expect(await chosen()).toBe(2);
    await tour.end();
  });

  it("goes anywhere by typing into the command palette", async () => {
    const { page } = tour;
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Commands" }).fill("targ");
    await page.getByRole("option", { name: /Target/ }).waitFor();
    await tour.shot("palette");
    await page.keyboard.press("Enter");
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Commands" }).fill("trash");
    await page.keyboard.press("Enter");
    await page.getByText("The trash is empty").waitFor();
    await tour.end();
  });

  it("shows what others change without a reload", async () => {
    await tour.page.waitForRequest(/file\/events/, { timeout: 1000 }).catch(() => undefined);
    await person.put("from-elsewhere.txt", "new");
    await tour.entry("from-elsewhere.txt").waitFor({ timeout: 20_000 });
    await tour.end();
  });

  it("tells plainly when the server cannot be reached, and recovers", async () => {
    const { page } = tour;
    await tour.context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await tour.context.setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    await page.route("**/api/v4/file?*", (route) => route.abort());
    await page.reload();
    await page.getByText("The server cannot be reached", { exact: true }).waitFor();
    await tour.shot("unreachable");
    await page.unroute("**/api/v4/file?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await tour.entry("a.txt").waitFor();
    await tour.end();
  });
});
