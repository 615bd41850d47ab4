/** Whole folders for everybody: packed where that is allowed, else one file after the other. */
import { execFileSync } from "node:child_process";
import type { Download } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasSqlite, tamper } from "../large";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const on = stage((made) => made.register("administrator"));

const listing = async (download: Download) => execFileSync("unzip", ["-Z1", await download.path()], { encoding: "utf8" }).split("\n").filter(Boolean).sort();

async function furnished(name: string): Promise<Person> {
  const person = await on.register(name);
  await person.folder("Album/Summer");
  for (const path of ["Album/Summer/sea.txt", "Album/Summer/sun.txt", "Album/cover.txt"]) await person.put(path, `in ${path}`);
  return person;
}

describe.each(SIZES)("a whole folder, at a $name", (size) => {
  it("is one archive for members, and for visitors of a share", async () => {
    const person = await furnished(`member-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("Album").waitFor();
    const [own] = await Promise.all([page.waitForEvent("download"), tour.choose("Album", "Download")]);
    expect(await listing(own)).toEqual(["Album/Summer/sea.txt", "Album/Summer/sun.txt", "Album/cover.txt"]);
    await tour.end();
    const link = (await person.call("PUT", "/share", { uri: uriOf("Album") })) as string;
    const stranger = await on.visit({ size });
    await stranger.open(new URL(link).pathname);
    await stranger.entry("cover.txt").waitFor();
    const all = stranger.page.getByRole("button", { name: "Download all" });
    const [shared] = await Promise.all([stranger.page.waitForEvent("download"), all.click()]);
    expect(await listing(shared)).toEqual(["Album/Summer/sea.txt", "Album/Summer/sun.txt", "Album/cover.txt"]);
    // Several files of it, as well.
    for (const name of ["cover.txt", "Summer"]) await stranger.entry(name).getByRole("checkbox").click({ force: true });
    const bar = stranger.page.getByRole("toolbar", { name: "Selection" });
    const [some] = await Promise.all([stranger.page.waitForEvent("download"), bar.getByRole("button", { name: "Download" }).click()]);
    expect(await listing(some)).toEqual(["Summer/sea.txt", "Summer/sun.txt", "cover.txt"]);
    await stranger.end();
  });
});

/** What the page wrote into the folder that was chosen, which is one of the browser's own here. */
const written = ({ page }: Visit) =>
  page.evaluate(async () => {
    const found: Record<string, string> = {};
    const walk = async (folder: FileSystemDirectoryHandle, above: string) => {
      for await (const [name, entry] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>)
        if (entry.kind === "directory") await walk(entry as FileSystemDirectoryHandle, `${above}${name}/`);
        else found[above + name] = await (await (entry as FileSystemFileHandle).getFile()).text();
    };
    await walk(await navigator.storage.getDirectory(), "");
    return found;
  });

describe.skipIf(!hasSqlite).each(SIZES)("where nobody may pack, at a $name", (size) => {
  beforeAll(() => tamper(on.server, "UPDATE groups SET permissions = X'8408', updated_at = updated_at + 1 WHERE id = 2;"));
  afterAll(() => tamper(on.server, "UPDATE groups SET permissions = X'9408', updated_at = updated_at + 1 WHERE id = 2;"));

  it("a folder comes file by file into a folder of the computer, and overwrites nothing", async () => {
    const person = await furnished(`unpacked-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() }));
    await tour.open();
    await tour.entry("Album").waitFor();
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("Album", { create: true });
      const file = await (await folder.getFileHandle("cover.txt", { create: true })).createWritable();
      await file.write("here before");
      await file.close();
    });
    await tour.choose("Album", "Download");
    const wanted = {
      "Album/Summer/sea.txt": "in Album/Summer/sea.txt",
      "Album/Summer/sun.txt": "in Album/Summer/sun.txt",
      "Album/cover.txt": "here before",
      "Album/cover (1).txt": "in Album/cover.txt",
    };
    expect(await eventually(() => written(tour), (found) => JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(wanted).sort()))).toEqual(wanted);
    await page.getByText(/^Downloading: /).waitFor({ state: "detached" });
    await tour.end();
  });

  it("a few at a time are on their way, and the rest can be stopped", async () => {
    const person = await on.register(`many-${size.name}`);
    const names = Array.from({ length: 12 }, (_, at) => `photo ${String(at).padStart(2, "0")}.txt`);
    await person.folder("Many");
    for (const name of names) await person.put(`Many/${name}`, name);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() }));
    const held: (() => Promise<void>)[] = [];
    await page.route("**/file/content/**", (route) => void held.push(() => route.continue()));
    await tour.open();
    await tour.entry("Many").waitFor();
    await tour.choose("Many", "Download");
    await eventually(async () => held.length, (length) => length >= 3);
    await page.getByText("Downloading: 0 of 3").waitFor();
    await tour.look("downloading");
    expect(tour.barriers).toEqual([]);
    for (const go of held.splice(0)) await go();
    await eventually(async () => held.length, (length) => length >= 3);
    expect(held.length).toBe(3);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/^Downloading: /).waitFor({ state: "detached" });
    const complete = Object.values(await written(tour)).filter((text) => text.startsWith("photo"));
    expect(complete.length).toBe(3);
    await tour.end();
  });

  it("a browser that cannot choose a folder gets one download after the other", async () => {
    const person = await furnished(`plain-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: undefined }));
    await tour.open();
    await tour.entry("Album").waitFor();
    const got: string[] = [];
    page.on("download", (download) => got.push(download.suggestedFilename()));
    await tour.choose("Album", "Download");
    expect((await eventually(async () => got, (all) => all.length === 3)).sort()).toEqual(["cover.txt", "sea.txt", "sun.txt"]);
    // A few files go the same way in every browser.
    got.length = 0;
    await page.getByText(/^Downloading: /).waitFor({ state: "detached" });
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Album/Summer"))}`);
    for (const name of ["sea.txt", "sun.txt"]) await tour.entry(name).getByRole("checkbox").click({ force: true });
    await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Download" }).click();
    expect((await eventually(async () => got, (all) => all.length === 2)).sort()).toEqual(["sea.txt", "sun.txt"]);
    await tour.end();
  });
});
