/** What is done with files when it is not plain: taken names, locks, failures, links, archives. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Download } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

/** The first account. */
let admin: Person;
const on = stage(async (made) => (admin = await made.register("admin")));

let number = 0;

const listing = async (download: Download) => execFileSync("unzip", ["-Z1", await download.path()], { encoding: "utf8" }).split("\n").filter(Boolean).sort();

describe.each(SIZES)("doing things, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`doer${number}`);
    await person.folder("Work");
    for (const name of ["a.txt", "b.txt", "c.txt"]) await person.put(name, `new ${name}`);
    await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: "list", thumbnail: true } });
    tour = await on.visit({ size, person });
  });

  const chooseAll = async (...names: string[]) => {
    for (const name of names) await tour.page.getByRole("checkbox", { name: `Select ${name}` }).click({ force: true });
  };
  const moveToWork = async (name: string, copy = false) => {
    await tour.choose(name, copy ? "Copy to…" : "Move to…");
    await tour.page.getByRole("dialog").getByRole("treeitem", { name: "Work", exact: true }).click();
    await tour.page.getByRole("button", { name: copy ? "Copy here" : "Move here" }).click();
  };

  it("asks about taken names when moving: keeps both, replaces, skips", async () => {
    const { page } = tour;
    for (const name of ["a.txt", "b.txt", "c.txt"]) await person.put(`Work/${name}`, "old");
    await tour.open();
    await tour.entry("a.txt").waitFor();
    const taken = page.getByRole("dialog", { name: "Names are taken" });
    await moveToWork("a.txt");
    await taken.getByText("it is called “a (1).txt”").waitFor();
    await tour.shot("taken");
    await taken.getByRole("button", { name: "Keep both" }).click();
    await page.getByText("Moved “a.txt” to Work, under the name “a (1).txt”").waitFor();
    expect(await eventually(() => person.names("Work"), (names) => names.includes("a (1).txt") && names.length === 4)).toContain("a (1).txt");
    await eventually(() => person.names(""), (names) => names.length === 3);
    expect(await person.read("Work/a (1).txt")).toBe("new a.txt");
    await moveToWork("b.txt");
    await taken.getByRole("button", { name: "Replace" }).click();
    expect(await eventually(() => person.read("Work/b.txt"), (text) => text === "new b.txt")).toBe("new b.txt");
    expect(await person.names("cloudreve://trash")).toEqual(["b.txt"]);
    await tour.entry("b.txt").waitFor({ state: "detached" });
    await moveToWork("c.txt");
    await taken.getByRole("button", { name: "Skip" }).click();
    await taken.waitFor({ state: "detached" });
    expect(await person.read("Work/c.txt")).toBe("old");
    await tour.entry("c.txt").waitFor();
    expect(await person.names("Work")).toEqual(["a (1).txt", "a.txt", "b.txt", "c.txt"]);
    await tour.end();
  });

  it("makes a copy in the same folder, and a new file that opens at once", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "New Markdown file" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("fresh.md");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "fresh.md" }).waitFor();
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await tour.entry("fresh.md").waitFor();
    expect(await person.names("")).toContain("fresh.md");
    await tour.choose("a.txt", "Copy to…");
    await page.getByRole("button", { name: "Copy here" }).click();
    await tour.entry("a (1).txt").waitFor();
    expect(await person.read("a (1).txt")).toBe("new a.txt");
    expect(await person.names("")).toEqual(["Work", "a (1).txt", "a.txt", "b.txt", "c.txt", "fresh.md"]);
    await tour.end();
  });

  it("names each thing that failed, and does the rest", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    await page.route("**/file/events*", (route) => route.abort());
    await chooseAll("a.txt", "b.txt", "c.txt");
    await person.call("DELETE", "/file", { uris: [uriOf("a.txt"), uriOf("b.txt")] });
    await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "2 items could not be done" });
    await dialog.getByText("a.txt", { exact: true }).waitFor();
    await dialog.getByText("b.txt", { exact: true }).waitFor();
    expect(await dialog.getByText("c.txt", { exact: true }).count()).toBe(0);
    await tour.look("failures");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    expect(await eventually(() => person.names(""), (names) => names.length === 1)).toEqual(["Work"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("says what is in use, ends that use, and goes on", async () => {
    const { page } = tour;
    await person.call("PUT", "/file/upload", { uri: uriOf("a.txt"), size: 10, entity_type: "version" });
    await tour.open();
    await tour.choose("a.txt", "Rename");
    await page.getByRole("dialog").getByLabel("Name").fill("free.txt");
    await page.keyboard.press("Enter");
    const lock = page.getByRole("dialog", { name: "In use" });
    await lock.getByText("a.txt", { exact: true }).waitFor();
    await tour.look("locked");
    await lock.getByRole("button", { name: "Unlock and go on" }).click();
    await tour.entry("free.txt").waitFor();
    expect(await person.names("")).toContain("free.txt");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("gives direct links that work, and takes them back", async () => {
    const { page } = tour;
    await tour.open();
    await tour.choose("a.txt", "Direct link…");
    const link = await page.getByRole("dialog").getByLabel("a.txt", { exact: true }).inputValue();
    await page.getByRole("button", { name: "Copy link", exact: true }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
    expect(await (await fetch(link)).text()).toBe("new a.txt");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await tour.choose("a.txt", "Details");
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByText("Direct links").waitFor();
    await panel.getByRole("button", { name: "Delete" }).click();
    await panel.getByText("Direct links").waitFor({ state: "detached" });
    expect(await (await fetch(link)).text()).not.toBe("new a.txt");
    await tour.end();
  });

  it("packs several files and whole folders into a zip", async () => {
    await admin.folder("Work");
    for (const path of ["Work/in ä.txt", "a.txt", "b.txt"]) await admin.put(path, `new ${path}`);
    const packing = await on.visit({ size, person: admin });
    const { page } = packing;
    await packing.open();
    await packing.entry("a.txt").waitFor();
    const [folder] = await Promise.all([page.waitForEvent("download"), packing.choose("Work", "Download")]);
    expect(await listing(folder)).toEqual(["Work/in ä.txt"]);
    for (const name of ["a.txt", "b.txt"]) await packing.entry(name).getByRole("checkbox").click({ force: true });
    const bar = page.getByRole("toolbar", { name: "Selection" });
    const [several] = await Promise.all([page.waitForEvent("download"), bar.getByRole("button", { name: "Download" }).click()]);
    expect(await listing(several)).toEqual(["Work/in ä.txt", "a.txt", "b.txt"]);
    await bar.getByRole("button", { name: "Clear selection" }).click();
    const [single] = await Promise.all([page.waitForEvent("download"), packing.choose("b.txt", "Download")]);
    expect(readFileSync(await single.path(), "utf8")).toBe("new b.txt");
    await packing.end();
    await tour.end();
  });
});
