/** Folders of several pages: everything in them is selected, and what others change shows without reading it all again. */
import { execFileSync } from "node:child_process";
import type { Browser, Download } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, hasSqlite } from "../large";
import { Person, type Server, startServer, uriOf } from "../server";
import { eventually, launch, SIZES, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
/** Three pages. */
const COUNT = 3200;

beforeAll(async () => {
  browser = await launch();
  server = await startServer({ fs_event_push_debounce: "1" });
  person = await Person.register(server.base, "collector");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function count(uri: string): Promise<number> {
  const first = (await person.call("GET", `/file?uri=${encodeURIComponent(uri)}&page_size=1&page=0`)) as { pagination: { total_items?: number } };
  return first.pagination.total_items ?? 0;
}

async function open(name: string, size: (typeof SIZES)[number] = SIZES[0], prepare: (tour: Visit) => Promise<unknown> = async () => {}): Promise<Visit> {
  await person.folder(name);
  fill(server, name, COUNT, "0");
  await person.call("PATCH", "/file/view", { uri: uriOf(name), view: { page_size: 100, view: "list", thumbnail: true, order: "name", order_direction: "asc" } });
  const tour = await visit(browser, server.base, { person, size });
  await prepare(tour);
  await tour.open(`/home?path=${encodeURIComponent(uriOf(name))}`);
  await tour.entry("file 000000.txt").waitFor();
  return tour;
}

const everything = async ({ page }: Visit) => {
  await page.keyboard.press("Control+a");
  await page.getByText(`${COUNT.toLocaleString("en")} selected`).waitFor();
};

describe.skipIf(!hasSqlite)("a folder of several pages", () => {
  it("is deleted as a whole, in steps, and names what could not be", async () => {
    // It must not hear what others delete, so the stream is not even opened.
    const tour = await open("Old", SIZES[0], ({ page }) => page.route("**/file/events*", (route) => route.abort()));
    const { page } = tour;
    const batches: number[] = [];
    page.on("request", (request) => {
      if (request.method() === "DELETE" && request.url().endsWith("/api/v4/file")) batches.push((request.postDataJSON() as { uris: string[] }).uris.length);
    });
    await everything(tour);
    await tour.shot("everything-selected");
    const lost = ["file 000003.txt", "file 003001.txt"];
    await person.call("DELETE", "/file", { uris: lost.map((name) => uriOf(`Old/${name}`)), skip_soft_delete: true });
    await page.keyboard.press("Delete");
    const dialog = page.getByRole("dialog", { name: "2 items could not be done" });
    for (const name of lost) await dialog.getByText(name, { exact: true }).waitFor();
    await tour.shot("large-failures");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("This folder is empty").waitFor();
    expect(Math.max(...batches)).toBeLessThanOrEqual(1000);
    expect(batches.reduce((sum, each) => sum + each, 0)).toBe(COUNT);
    expect(await count(uriOf("Old"))).toBe(0);
    expect(await count("cloudreve://trash")).toBe(COUNT - lost.length);
    await tour.end();
  });

  it("is copied and moved as a whole", async () => {
    await person.folder("Copies");
    await person.folder("Moved");
    const tour = await open("Busy");
    const { page } = tour;
    await everything(tour);
    await page.keyboard.press("Control+c");
    await page.getByRole("treeitem", { name: "Copies", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+v");
    expect(await eventually(() => count(uriOf("Copies")), (found) => found === COUNT)).toBe(COUNT);
    await page.reload();
    await tour.entry("file 000000.txt").waitFor();
    await everything(tour);
    await page.keyboard.press("Control+x");
    await page.getByRole("treeitem", { name: "Moved", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+v");
    expect(await eventually(() => count(uriOf("Moved")), (found) => found === COUNT)).toBe(COUNT);
    expect(await count(uriOf("Copies"))).toBe(0);
    expect(await count(uriOf("Busy"))).toBe(COUNT);
    await tour.end();
  });

  it("is downloaded as a whole, in archives of bounded length", async () => {
    const tour = await open("Papers");
    const { page } = tour;
    const saved: Download[] = [];
    page.on("download", (download) => saved.push(download));
    await everything(tour);
    await page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "Download" }).click();
    await eventually(async () => saved.length, (length) => length === 4);
    const names = new Set<string>();
    for (const each of saved)
      for (const name of execFileSync("unzip", ["-Z1", await each.path()], { encoding: "utf8" }).split("\n").filter(Boolean)) names.add(name);
    expect(names.size).toBe(COUNT);
    await tour.end();
  });

  it.each(SIZES)("follows what others change without reading it all again, at a $name", async (size) => {
    const folder = `Watched ${size.name}`;
    const tour = await open(folder, size);
    const { page } = tour;
    if (size.touch) {
      // Somebody far down: all of it has been read.
      await page.locator("[data-scroller]").evaluate(async (scroller, last) => {
        while (!document.querySelector(`[data-path$="${last}"]`)) {
          scroller.scrollTo(0, scroller.scrollHeight);
          await new Promise(requestAnimationFrame);
        }
        scroller.scrollTo(0, 0);
      }, encodeURIComponent(`file 00${COUNT - 1}.txt`));
    } else await everything(tour);
    await tour.entry("file 000000.txt").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (/\/api\/v4\/file\?/.test(request.url())) asked.push(request.url());
    });
    await person.call("POST", "/file/rename", { uri: uriOf(`${folder}/file 000001.txt`), new_name: "file 000001 renamed.txt" });
    await person.call("DELETE", "/file", { uris: [uriOf(`${folder}/file 000002.txt`)] });
    await person.put(`${folder}/file 000003 new.txt`, "new");
    await tour.entry("file 000001 renamed.txt").waitFor();
    await tour.entry("file 000002.txt").waitFor({ state: "detached" });
    await tour.entry("file 000003 new.txt").waitFor();
    const shown = await page.locator("[data-entry]").evaluateAll((rows) => rows.map((row) => decodeURIComponent((row as HTMLElement).dataset.path ?? "").split("/").pop()).sort().slice(0, 5));
    expect(shown).toEqual(["file 000000.txt", "file 000001 renamed.txt", "file 000003 new.txt", "file 000003.txt", "file 000004.txt"]);
    expect(asked).toEqual([]);
    await tour.end();
  });

  it("reads only the page again that is looked at, after a change of one's own", async () => {
    const tour = await open("Own");
    const { page } = tour;
    await everything(tour);
    await page.keyboard.press("Escape");
    const asked: string[] = [];
    page.on("request", (request) => {
      if (/\/api\/v4\/file\?/.test(request.url())) asked.push(request.url());
    });
    await tour.entry("file 000001.txt").click();
    await page.keyboard.press("Delete");
    await tour.entry("file 000001.txt").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    // Only the page that is on the screen can bring it back.
    await tour.entry("file 000001.txt").waitFor();
    expect(asked.filter((url) => url.includes("Own")).length).toBeLessThanOrEqual(6);
    await page.getByRole("grid").focus();
    await page.keyboard.press("End");
    await tour.entry(`file 00${COUNT - 1}.txt`).waitFor();
    await tour.end();
  });
});
