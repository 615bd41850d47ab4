/** The queue of uploads: at once, again after failures, for all conflicts, folders that are dropped. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Computer, MEGABYTE, pick } from "../local";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const on = stage();
const computer = new Computer();
let number = 0;
const CHUNK = /file\/upload\/[^/]+\/\d+$/;

describe.each(SIZES)("the queue, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`queuer${number}`);
    tour = await on.visit({ size, person });
    await tour.open();
    await tour.page.getByText("This folder is empty").waitFor();
  });
  const queue = () => tour.page.getByRole("region", { name: "Uploads" });

  it("sends chunks side by side, with speed and remaining time", async () => {
    const { page } = tour;
    const held: (() => void)[] = [];
    let free = false;
    await page.route(CHUNK, async (route) => {
      if (!free) await new Promise<void>((go) => held.push(go));
      await route.continue();
    });
    await pick(page, [computer.file("wide.bin", 70 * MEGABYTE)]);
    // Three chunks of one file are under way before the first has arrived.
    expect((await eventually(async () => held.length, (count) => count >= 3)) >= 3).toBe(true);
    free = true;
    const network = await tour.context.newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 8 * MEGABYTE });
    for (const go of held) go();
    await queue().getByText(/\/s.*left|\/s/).waitFor();
    await tour.look("queue-running");
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.getByText("1 file uploaded").waitFor({ timeout: 55_000 });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("says why something failed, and tries again", async () => {
    const { page } = tour;
    const { total } = (await person.call("GET", "/user/capacity")) as { total: number };
    // All the space but three bytes is promised to another upload.
    const large = { uri: uriOf("large.bin"), size: total - 3 };
    const { session_id: id } = (await person.call("PUT", "/file/upload", large)) as { session_id: string };
    await pick(page, [computer.file("again.txt", "content")]);
    await queue().getByRole("button", { name: "Try again.txt again" }).waitFor();
    await queue().getByText("There is not enough space left.").waitFor();
    await tour.look("queue-failed");
    await person.call("DELETE", "/file/upload", { id, uri: large.uri });
    await queue().getByRole("button", { name: "Try again.txt again" }).click();
    await page.getByText("1 file uploaded").waitFor();
    expect(await person.read("again.txt")).toBe("content");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("answers all conflicts at once", async () => {
    const { page } = tour;
    const names = ["one.txt", "two.txt", "three.txt"];
    for (const name of names) await person.put(name, "before");
    await pick(page, names.map((name) => computer.file(name, "new")));
    await queue().getByRole("button", { name: "New version, all" }).waitFor();
    await tour.look("queue-conflicts");
    await queue().getByRole("button", { name: "New version, all" }).click();
    await page.getByText("3 files uploaded").waitFor();
    for (const name of names) expect(await person.read(name)).toBe("new");
    expect(await person.names("")).toEqual([...names].sort());
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("keeps out of the way of a second tab", async () => {
    const { page } = tour;
    await page.route(CHUNK, () => {});
    await pick(page, [computer.file("slow.bin", MEGABYTE)]);
    await queue().getByRole("button", { name: "Pause slow.bin" }).waitFor();
    const other = await tour.context.newPage();
    const sent: string[] = [];
    other.on("request", (request) => {
      if (request.url().includes("/file/upload")) sent.push(request.url());
    });
    await other.goto("/home");
    await other.locator("[data-entry]").first().waitFor();
    // What it is told itself to send does arrive, so it has looked at what is left.
    await pick(other, [computer.file("quick.txt", "quick")]);
    await eventually(() => person.read("quick.txt"), (text) => text === "quick");
    await other.getByText("1 file uploaded").waitFor();
    expect(sent.filter((url) => CHUNK.test(url)).length).toBe(1);
    await other.close();
    await queue().getByRole("button", { name: "Cancel slow.bin" }).click();
    expect(await eventually(() => person.names(""), (names) => names.length === 1)).toEqual(["quick.txt"]);
    await tour.end();
  });

  it("takes folders that are dropped, with what lies in them", async () => {
    const { page } = tour;
    computer.file("Trip/plan.txt", "plan");
    computer.file("Trip/photos/one.txt", "1");
    mkdirSync(join(computer.folder, "Trip/empty"), { recursive: true });
    const protocol = await tour.context.newCDPSession(page);
    const list = await page.locator("[data-scroller]").boundingBox();
    const place = { x: (list?.x ?? 0) + 100, y: (list?.y ?? 0) + 400 };
    const data = { items: [], files: [join(computer.folder, "Trip")], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) await protocol.send("Input.dispatchDragEvent", { type, ...place, data });
    await page.getByText("2 files uploaded").waitFor();
    expect(await eventually(() => person.names("Trip"), (names) => names.length === 3)).toEqual(["empty", "photos", "plan.txt"]);
    expect(await person.read("Trip/photos/one.txt")).toBe("1");
    await tour.entry("Trip").waitFor();
    await tour.end();
  });
});
