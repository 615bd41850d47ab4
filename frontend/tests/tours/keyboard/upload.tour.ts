/** Uploads without a mouse: only keys are pressed here. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { focused, pickItem, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { Computer, MEGABYTE } from "../../local";
import { type Person, uriOf } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";

const on = stage();
const computer = new Computer();
let number = 0;

describe.each(SIZES)("keys alone upload, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  let page: Page;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`sender${number}`);
    tour = await on.visit({ size, person });
    page = tour.page;
  });

  const queue = () => page.getByRole("region", { name: "Uploads" });
  const choose = async (paths: string[], item = /^Upload files/) => {
    await press(page, /^New$/);
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), pickItem(page, item)]);
    await chooser.setFiles(paths);
  };

  it("files and folders, from the first one on", async () => {
    await tour.open();
    await page.getByText("This folder is empty").waitFor();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page, /^Upload files/)]);
    await chooser.setFiles([computer.file("first.txt", "1")]);
    await tour.entry("first.txt").waitFor();
    await page.getByText("1 file uploaded").waitFor();
    computer.file("Album/one.txt", "1");
    await choose([join(computer.folder, "Album")], /^Upload folder/);
    expect(await eventually(() => person.names(""), (names) => names.length === 2)).toEqual(["Album", "first.txt"]);
    await page.getByText("2 files uploaded").waitFor();
    await tabInto(page, queue());
    await page.keyboard.press("Escape");
    await queue().waitFor({ state: "detached" });
    await tour.end();
  });

  it("pausing, going on, trying again and giving up", async () => {
    await tour.open();
    await page.getByText("This folder is empty").waitFor();
    const network = await tour.context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: MEGABYTE };
    await network.send("Network.emulateNetworkConditions", slow);
    await choose([computer.file("slow.bin", 40 * MEGABYTE), computer.file("gone.bin", 40 * MEGABYTE)]);
    await queue().getByRole("button", { name: "Pause slow.bin" }).waitFor();
    await press(page, /^Pause slow.bin/);
    await tabTo(page, /^Resume slow.bin/);
    expect(await ringIsVisible(page)).toBe(true);
    await press(page, /^Cancel gone.bin/);
    await queue().getByText("gone.bin").waitFor({ state: "detached" });
    await tour.shot("keys-queue");
    // Put away and called back: the focus comes along.
    await press(page, /^Close$/);
    await queue().waitFor({ state: "detached" });
    expect(await eventually(() => focused(page), (now) => now === "Uploads")).toBe("Uploads");
    await page.keyboard.press("Enter");
    await queue().waitFor();
    expect(await queue().evaluate((panel) => panel.contains(document.activeElement))).toBe(true);
    // What was under way when it was paused may arrive still: the line is slow until all goes on.
    await press(page, /^Resume all/);
    await network.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
    await page.getByText("1 file uploaded").waitFor();
    expect(await eventually(() => person.names(""), (names) => names.length === 1)).toEqual(["slow.bin"]);
    await press(page, /^Clear finished/);
    await queue().waitFor({ state: "detached" });

    const { total } = (await person.call("GET", "/user/capacity")) as { total: number };
    const large = { uri: uriOf("large.bin"), size: total - 41 * MEGABYTE };
    const { session_id: id } = (await person.call("PUT", "/file/upload", large)) as { session_id: string };
    await choose([computer.file("again.bin", 2 * MEGABYTE)]);
    await queue().getByText("There is not enough space left.").waitFor();
    await person.call("DELETE", "/file/upload", { id, uri: large.uri });
    await press(page, /^Try again.bin again/);
    expect(await eventually(() => person.names(""), (names) => names.length === 2)).toEqual(["again.bin", "slow.bin"]);
    await tour.end();
  });

  it("answering for taken names, one by one and all at once", async () => {
    const names = ["keep.txt", "skip.txt", "version.txt"];
    for (const name of names) await person.put(name, "before");
    await tour.open();
    await tour.entry("keep.txt").waitFor();
    await choose(names.map((name) => computer.file(name, "new")));
    const row = (name: string) => queue().getByRole("listitem").filter({ hasText: name });
    await row("keep.txt").getByRole("button", { name: "Keep both" }).waitFor();
    for (const [name, choice] of [["keep.txt", "Keep both"], ["skip.txt", "Skip"]] as const) {
      await tabInto(page, row(name).getByRole("button", { name: choice, exact: true }));
      await page.keyboard.press("Enter");
    }
    await row("skip.txt").waitFor({ state: "detached" });
    await tabInto(page, row("version.txt").getByRole("button", { name: "New version" }));
    await page.keyboard.press("Enter");
    expect(await eventually(() => person.names(""), (all) => all.length === 4)).toEqual(["keep (1).txt", ...names]);
    expect(await eventually(() => person.read("version.txt"), (text) => text === "new")).toBe("new");
    expect(await person.read("skip.txt")).toBe("before");
    const more = ["keep.txt", "skip.txt"];
    await choose(more.map((name) => computer.file(name, "newer")));
    await queue().getByRole("button", { name: "New version, all" }).waitFor();
    await press(page, /^New version, all/);
    for (const name of more) expect(await eventually(() => person.read(name), (text) => text === "newer")).toBe("newer");
    await tour.end();
  });
});
