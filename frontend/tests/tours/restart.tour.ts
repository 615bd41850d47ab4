/** A server that is started anew, as by an update, while people are at work. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { Computer, MEGABYTE, pick } from "../local";
import { Person, type Server, startServer, uriOf } from "../server";
import { eventually, launch, SIZES, type Visit, visit } from "../tour";

const computer = new Computer();
let browser: Browser;
let server: Server;
let number = 0;
const AWAY = "The server does not answer.";

beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe.each(SIZES)("a restart of the server, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await Person.register(server.base, `restarted${number}`);
    await person.put("Work/plan.txt", "plan");
    tour = await visit(browser, server.base, { size, person });
    await tour.open();
    await tour.entry("Work").waitFor();
  });

  it("is said, and pages heal by themselves", async () => {
    const { page } = tour;
    await server.down();
    await tour.enter("Work");
    await page.getByText(AWAY).waitFor();
    await tour.look("server-away");
    await server.up();
    await tour.entry("plan.txt").waitFor();
    await page.getByText(AWAY).waitFor({ state: "detached" });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("is said to those who only look, too", async () => {
    const { page } = tour;
    await server.down();
    await page.getByText(AWAY).waitFor();
    await server.up();
    await page.getByText(AWAY).waitFor({ state: "detached" });
    await tour.end();
  });

  it("is survived by an upload, which goes on by itself", async () => {
    const { page } = tour;
    // More parts than are under way at once: a server that stops lets those arrive, and takes no more.
    const path = computer.file(`long${number}.bin`, 260 * MEGABYTE);
    const network = await tour.context.newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 20 * MEGABYTE });
    const queue = page.getByRole("region", { name: "Uploads" });
    const first = page.waitForResponse(/file\/upload\/[^/]+\/\d+$/);
    await pick(page, [path]);
    await first;
    await server.down();
    await queue.getByText("Waiting for the server").first().waitFor();
    await tour.look("uploads-waiting");
    // What has arrived still counts.
    const shown = await queue.getByText(/\d.* \/ 26\d/).first().textContent();
    expect(shown).not.toMatch(/(^|· )0 B/);
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await server.up();
    await page.getByText("1 file uploaded").waitFor();
    const { urls } = (await person.call("POST", "/file/url", { uris: [uriOf(`long${number}.bin`)] })) as { urls: { url: string }[] };
    const bytes = Buffer.from(await (await fetch(urls[0]?.url ?? "")).arrayBuffer());
    const hash = (data: Buffer) => createHash("sha256").update(data).digest("hex");
    expect(hash(bytes)).toBe(hash(readFileSync(path)));
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("and a pause throw nothing away that was sent", async () => {
    const { page } = tour;
    const network = await tour.context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 3 * MEGABYTE };
    await network.send("Network.emulateNetworkConditions", slow);
    const queue = page.getByRole("region", { name: "Uploads" });
    const sent = () => queue.getByRole("progressbar", { name: `paused${number}.bin` }).getAttribute("aria-valuenow").then(Number);
    await pick(page, [computer.file(`paused${number}.bin`, 40 * MEGABYTE)]);
    await eventually(sent, (percent) => percent >= 10);
    const before = await sent();
    await queue.getByRole("button", { name: "Pause all" }).click();
    await queue.getByText(/^Paused ·/).waitFor();
    expect(await sent()).toBeGreaterThanOrEqual(before);
    // Whatever was under way has come to its end.
    await tour.page.waitForTimeout(3000);
    expect(await eventually(sent, (percent) => percent >= before)).toBeGreaterThanOrEqual(before);
    // What was under way may arrive still: the line is slow until all goes on.
    await queue.getByRole("button", { name: "Resume all" }).click();
    await network.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
    await page.getByText("1 file uploaded").waitFor();
    await tour.end();
  });
});
