import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Computer, MEGABYTE, pick } from "../local";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const on = stage();
const computer = new Computer();
let number = 0;

async function hashOf(person: Person, path: string): Promise<string> {
  const { urls } = (await person.call("POST", "/file/url", { uris: [uriOf(path)] })) as { urls: { url: string }[] };
  const bytes = await (await fetch(urls[0]?.url ?? "")).arrayBuffer();
  return createHash("sha256").update(Buffer.from(bytes)).digest("hex");
}

const hashHere = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe.each(SIZES)("uploads, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`uploader${number}`);
    tour = await on.visit({ size, person });
    await tour.open();
    await tour.page.getByText("This folder is empty").waitFor();
  });

  it("sends files of every size, whole", async () => {
    const { page } = tour;
    const paths = [computer.file("empty.txt", ""), computer.file("ünï #1 50%.txt", "text"), computer.file("large.bin", 60 * MEGABYTE)];
    await pick(page, paths);
    await page.getByRole("region", { name: "Uploads" }).waitFor();
    await tour.shot("uploads");
    await page.getByText("3 files uploaded").waitFor({ timeout: 50_000 });
    expect(await person.names("")).toEqual(["empty.txt", "large.bin", "ünï #1 50%.txt"]);
    expect(await hashOf(person, "large.bin")).toBe(hashHere(paths[2] ?? ""));
    expect(await person.read("ünï #1 50%.txt")).toBe("text");
    expect(await tour.findings()).toEqual([]);
    await tour.entry("large.bin").waitFor();
    await tour.end();
  });

  it("asks about taken names: keeps both, replaces as a new version, skips", async () => {
    const { page } = tour;
    for (const name of ["keep.txt", "replace.txt", "skip.txt"]) await person.put(name, "before");
    await pick(page, ["keep.txt", "replace.txt", "skip.txt"].map((name) => computer.file(name, "new")));
    const row = (name: string) => page.getByRole("region", { name: "Uploads" }).getByRole("listitem").filter({ hasText: name });
    await row("keep.txt").getByRole("button", { name: "Keep both" }).waitFor();
    await tour.shot("conflicts");
    await row("keep.txt").getByRole("button", { name: "Keep both" }).click();
    await row("replace.txt").getByRole("button", { name: "New version" }).click();
    await row("skip.txt").getByRole("button", { name: "Skip", exact: true }).click();
    await page.getByText("2 files uploaded").waitFor();
    await row("keep (1).txt").getByText("“keep.txt” was taken").waitFor();
    expect(await person.names("")).toEqual(["keep (1).txt", "keep.txt", "replace.txt", "skip.txt"]);
    expect(await person.read("keep (1).txt")).toBe("new");
    expect(await person.read("replace.txt")).toBe("new");
    expect(await person.read("skip.txt")).toBe("before");
    await tour.end();
  });

  it("goes on after a reload with the chunks that are missing", async () => {
    const { page } = tour;
    const path = computer.file("resume.bin", 55 * MEGABYTE);
    let sent = 0;
    // The first chunk passes, the others never arrive until the page is gone.
    await page.route("**/file/upload/*/*", async (route) => {
      if (route.request().url().endsWith("/0")) return await route.continue();
      sent += 1;
    });
    const first = page.waitForResponse(/file\/upload\/[^/]+\/0$/);
    await pick(page, [path]);
    await first;
    await eventually(async () => sent, (count) => count > 0);
    await page.unroute("**/file/upload/*/*");
    const chunks: string[] = [];
    page.on("request", (request) => {
      if (/file\/upload\/[^/]+\/\d+$/.test(request.url())) chunks.push(request.url().split("/").at(-1) ?? "");
    });
    page.on("dialog", (dialog) => void dialog.accept());
    await page.reload();
    await eventually(() => person.names(""), (names) => names.includes("resume.bin"));
    await eventually(
      async () => ((await person.call("GET", `/file/info?${new URLSearchParams({ uri: uriOf("resume.bin") })}`)) as { size: number }).size,
      (bytes) => bytes === 55 * MEGABYTE,
    );
    expect(await hashOf(person, "resume.bin")).toBe(hashHere(path));
    expect(chunks).not.toContain("0");
    await tour.end();
  });

  it("pauses, resumes and cancels", async () => {
    const { page } = tour;
    const network = await tour.context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2 * MEGABYTE };
    await network.send("Network.emulateNetworkConditions", slow);
    await pick(page, [computer.file("slow.bin", 30 * MEGABYTE), computer.file("gone.bin", 30 * MEGABYTE)]);
    await page.getByRole("button", { name: "Pause slow.bin" }).click();
    await page.getByText(/^Paused/).first().waitFor();
    await page.getByRole("button", { name: "Cancel gone.bin" }).click();
    await eventually(() => person.names(""), (names) => !names.includes("gone.bin"));
    // What was under way may arrive still: the line is slow until it goes on.
    await page.getByRole("button", { name: "Resume slow.bin" }).click();
    await network.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
    await page.getByText("1 file uploaded").waitFor({ timeout: 50_000 });
    expect(await person.names("")).toEqual(["slow.bin"]);
    await tour.end();
  });

  it("says what is wrong with a name, and does not offer to try it again", async () => {
    const { page } = tour;
    await pick(page, [computer.file("a?.txt", "text"), computer.file("good.txt", "text")]);
    const row = page.getByRole("listitem").filter({ hasText: "a?.txt" });
    await row.getByText("A name cannot contain ?").waitFor();
    await tour.entry("good.txt").waitFor();
    expect(await page.getByRole("button", { name: /again|Resume all/ }).count()).toBe(0);
    await tour.shot("upload-bad-name");
    expect(await tour.findings()).toEqual([]);
    await row.getByRole("button", { name: "Cancel a?.txt" }).click();
    await row.waitFor({ state: "detached" });
    expect(await person.names("")).toEqual(["good.txt"]);
    await tour.end();
  });

  it("takes whole folders, and what is pasted", async () => {
    const { page } = tour;
    computer.file("Album/one.txt", "1");
    computer.file("Album/inner/two.txt", "2");
    await pick(page, [join(computer.folder, "Album")], "Upload folder");
    await page.getByText("2 files uploaded").waitFor();
    expect(await person.names("Album")).toEqual(["inner", "one.txt"]);
    expect(await person.read("Album/inner/two.txt")).toBe("2");
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["pasted"], "image.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    });
    const names = await eventually(() => person.names(""), (all) => all.length === 2);
    expect(names[1]).toMatch(/^Pasted .*\.png$/);
    await tour.end();
  });
});

describe("uploads, dropped", () => {
  it("land in the folder they are dropped on", async () => {
    number += 1;
    const person = await on.register(`dropper${number}`);
    await person.folder("Inbox");
    const tour = await on.visit({ person });
    await tour.open();
    await tour.entry("Inbox").waitFor();
    const data = await tour.page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["dropped"], "dropped.txt"));
      return transfer;
    });
    await tour.entry("Inbox").dispatchEvent("dragover", { dataTransfer: data });
    await tour.entry("Inbox").dispatchEvent("drop", { dataTransfer: data });
    expect(await eventually(() => person.names("Inbox"), (names) => names.length === 1)).toEqual(["dropped.txt"]);
    expect(await eventually(() => person.read("Inbox/dropped.txt"), (text) => text === "dropped")).toBe("dropped");
    await tour.end();
  });

  it("where nothing takes them leave the page as it is", async () => {
    number += 1;
    const person = await on.register(`dropper${number}`);
    await person.folder("Inbox");
    const tour = await on.visit({ person });
    await tour.open();
    await tour.entry("Inbox").waitFor();
    const refused = await tour.page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["stray"], "stray.txt"));
      const places = ["header", "nav", "body"].map((name) => document.querySelector(name));
      return places.map((place) =>
        ["dragover", "drop"].map((type) => {
          const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer });
          return place?.dispatchEvent(event) === false;
        }),
      );
    });
    expect(refused.flat()).not.toContain(false);
    expect(await person.names("")).toEqual(["Inbox"]);
    await tour.end();
  });
});
