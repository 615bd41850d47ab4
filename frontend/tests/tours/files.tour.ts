import { beforeEach, describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const on = stage();
let number = 0;

describe.each(SIZES)("files, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`owner${number}`);
    await person.folder("Work");
    await person.folder("Work/Plans");
    await person.folder("Empty");
    for (const name of ["alpha.txt", "beta.md", "gamma 100% #1.txt"]) await person.put(name, `this is ${name}`);
    await person.put("Work/Plans/deep.txt", "deep");
    tour = await on.visit({ size, person });
  });

  it("shows folders and files, opens them and comes back by crumbs and by the browser", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("Work").waitFor();
    await tour.shot("files");
    await tour.enter("Work");
    await tour.entry("Plans").waitFor();
    await tour.enter("Plans");
    await tour.entry("deep.txt").waitFor();
    expect(new URL(page.url()).searchParams.get("path")).toBe("cloudreve://my/Work/Plans");
    expect(await eventually(() => page.title(), (title) => title.startsWith("Plans"))).toMatch(/^Plans – \S/);
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
    await tour.choose("Übersicht 50% #1", "Rename");
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
    await tour.choose("alpha.txt", "Delete");
    await page.getByRole("button", { name: "Undo" }).click();
    await tour.entry("alpha.txt").waitFor();
    expect(await eventually(() => person.names(""), (names) => names.includes("alpha.txt"))).toContain("alpha.txt");
    await tour.choose("alpha.txt", "Delete");
    await tour.entry("alpha.txt").waitFor({ state: "detached" });
    await tour.choose("beta.md", "Delete");
    await tour.entry("beta.md").waitFor({ state: "detached" });
    await eventually(() => person.names("cloudreve://trash"), (names) => names.length === 2);
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://trash")}`);
    await tour.entry("beta.md").waitFor();
    await tour.shot("trash");
    await tour.choose("beta.md", "Restore");
    await tour.entry("beta.md").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Empty trash" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Empty trash" }).click();
    await page.getByText("The trash is empty", { exact: true }).waitFor();
    expect(await person.names("cloudreve://trash")).toEqual([]);
    expect(await person.names("")).toContain("beta.md");
    await tour.end();
  });

  it("offers to take nothing back that is gone for good", async () => {
    const { page } = tour;
    const undo = page.getByRole("button", { name: "Undo", exact: true });
    await person.put("passing.txt", "soon gone");
    await tour.open();
    await tour.choose("passing.txt", "Delete");
    await undo.waitFor();
    if (size.touch) await page.getByRole("button", { name: "Menu", exact: true }).click();
    // At a phone the message lies above it for as long as it is shown.
    await page.getByRole("link", { name: "Trash", exact: true }).dispatchEvent("click");
    await tour.entry("passing.txt").waitFor();
    await page.getByRole("button", { name: "Empty trash" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Empty trash" }).click();
    await page.getByText("The trash is empty now").waitFor();
    // Sooner than by itself.
    await undo.waitFor({ state: "detached", timeout: 3000 });
    await page.keyboard.press("Control+z");
    await tour.still();
    expect(await page.getByText(/Restored|Nothing was restored/).count()).toBe(0);
    // Emptied elsewhere, which this page does not hear of.
    await person.put("passing.txt", "soon gone");
    await tour.open();
    await tour.choose("passing.txt", "Delete");
    await undo.waitFor();
    await person.call("DELETE", "/file/trash");
    await undo.click();
    await page.getByText("Nothing was restored").waitFor();
    await tour.end();
  });

  it("copies no folder into itself", async () => {
    const { page } = tour;
    await tour.open();
    await tour.choose("Work", "Copy to…");
    const dialog = page.getByRole("dialog");
    const here = dialog.getByRole("button", { name: "Copy here" });
    await dialog.getByRole("treeitem", { name: "Empty" }).click();
    expect(await here.isEnabled()).toBe(true);
    await dialog.getByRole("treeitem", { name: "Work" }).click();
    expect(await here.isDisabled()).toBe(true);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await tour.end();
  });

  it("shows signs in names that nobody would see", async () => {
    const { page } = tour;
    const names = ["invoice\u202efdp.exe", "\u200b", "می\u200cخواهم 👩\u200d👧.txt"];
    await person.folder("Tricks");
    for (const name of names) await person.put(`Tricks/${name}`, "text");
    await person.folder("Tricks/in\u2066side");
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Tricks"))}`);
    for (const name of ["invoice\ufffdfdp.exe", "\ufffd", "in\ufffdside", names[2] ?? ""]) await tour.entry(name).waitFor();
    await tour.shot("names");
    // The name itself stays as it is.
    await tour.choose("invoice\ufffdfdp.exe", "Rename");
    expect(await page.getByRole("dialog").getByLabel("Name").inputValue()).toBe("invoice\u202efdp.exe");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await tour.enter("in\ufffdside");
    await page.getByRole("navigation", { name: "Path" }).getByText("in\ufffdside").waitFor();
    await page.waitForFunction(() => document.title.startsWith("in\ufffdside"));
    await page.goBack();
    await tour.choose("\ufffd", "Delete");
    await page.getByText("“\ufffd” is in the trash").waitFor();
    expect(await eventually(() => person.names("Tricks"), (all) => all.length === 3)).not.toContain("\u200b");
    await tour.end();
  });

  it("moves and copies with the folder picker, and takes a move back", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("alpha.txt").waitFor();
    await tour.choose("alpha.txt", "Move to…");
    await page.getByRole("dialog").getByRole("treeitem", { name: "Work" }).click();
    await tour.shot("folder-picker");
    await page.getByRole("button", { name: "Move here" }).click();
    await tour.entry("alpha.txt").waitFor({ state: "detached" });
    expect(await eventually(() => person.names("Work"), (names) => names.includes("alpha.txt"))).toContain("alpha.txt");
    await page.getByRole("button", { name: "Undo" }).click();
    await tour.entry("alpha.txt").waitFor();
    await tour.choose("alpha.txt", "Copy to…");
    await page.getByRole("dialog").getByRole("treeitem", { name: "Empty" }).click();
    await page.getByRole("button", { name: "Copy here" }).click();
    expect(await eventually(() => person.names("Empty"), (names) => names.length > 0)).toEqual(["alpha.txt"]);
    expect(await person.names("")).toContain("alpha.txt");
    await tour.end();
  });

  it("downloads a file under its own name", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("gamma 100% #1.txt").waitFor();
    const [single] = await Promise.all([page.waitForEvent("download"), tour.choose("gamma 100% #1.txt", "Download")]);
    expect(single.suggestedFilename()).toBe("gamma 100% #1.txt");
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
    await tour.choose("alpha.txt", "Tags and look");
    await page.getByRole("dialog").getByLabel("Tags").fill("urgent");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await tour.entry("alpha.txt").getByText("urgent").waitFor();
    expect(await tour.findings()).toEqual([]);
    await tour.choose("alpha.txt", "Details");
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
