/** Uploads that were broken off: nobody is asked about one's own, and nothing is sent twice. */
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
const OPEN = "**/api/v4/file/upload";

describe.each(SIZES)("an upload that was broken off, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  /** Lets the chunks through that are held back. */
  let release = () => {};
  beforeEach(async () => {
    number += 1;
    person = await on.register(`broken${number}`);
    tour = await on.visit({ size, person });
    await tour.open();
    await tour.page.getByText("This folder is empty").waitFor();
    tour.page.on("dialog", (dialog) => void dialog.accept());
  });
  const queue = () => tour.page.getByRole("region", { name: "Uploads" });
  const sizeOf = async (name: string) => ((await person.call("GET", `/file/info?${new URLSearchParams({ uri: uriOf(name) })}`)) as { size: number }).size;
  const sentBy = (visit: Visit) => {
    const sent: string[] = [];
    visit.page.on("request", (request) => {
      if (CHUNK.test(request.url())) sent.push(request.url().split("/").at(-1) ?? "");
    });
    return sent;
  };

  /** Uploads until one chunk has arrived, and no further one does. */
  const begin = async (path: string) => {
    const { page } = tour;
    let free = false;
    const held: (() => void)[] = [];
    release = () => {
      free = true;
      for (const go of held.splice(0)) go();
    };
    await page.route(CHUNK, async (route) => {
      if (!free && !route.request().url().endsWith("/0")) await new Promise<void>((go) => held.push(go));
      // The page that sent it may be gone.
      await route.continue().catch(() => {});
    });
    const first = page.waitForResponse(/file\/upload\/[^/]+\/0$/);
    await pick(page, [path]);
    await first;
  };

  it("goes on in another browser where the same file is chosen, with what is missing", async () => {
    const path = computer.file(`crash${number}.bin`, 30 * MEGABYTE);
    await begin(path);
    await eventually(async () => person.names(""), (names) => names.length === 1);
    await tour.context.close();
    const other = await on.visit({ size, person });
    await other.open();
    await other.entry(`crash${number}.bin`).waitFor();
    const sent = sentBy(other);
    await pick(other.page, [path]);
    await other.page.getByText("1 file uploaded").waitFor();
    expect(await sizeOf(`crash${number}.bin`)).toBe(30 * MEGABYTE);
    expect(sent).not.toContain("0");
    expect(sent.length).toBeGreaterThan(0);
    await other.end();
  });

  it("goes on when the same file is chosen again in the same browser", async () => {
    const { page } = tour;
    const path = computer.file(`twice${number}.bin`, 30 * MEGABYTE);
    await begin(path);
    await queue().getByRole("button", { name: "Pause all" }).click();
    await queue().getByText(/^Paused/).first().waitFor();
    release();
    await pick(page, [path]);
    await page.getByText("1 file uploaded").waitFor();
    expect(await person.names("")).toEqual([`twice${number}.bin`]);
    expect(await sizeOf(`twice${number}.bin`)).toBe(30 * MEGABYTE);
    await tour.end();
  });

  it("says after a reload what goes on, and how far it is", async () => {
    const { page } = tour;
    await begin(computer.file(`shown${number}.bin`, 30 * MEGABYTE));
    await page.reload();
    await queue().getByRole("heading", { name: "Uploading 1 file" }).waitFor();
    await tour.look("uploads-folded");
    await queue().getByRole("button", { name: "Show the files" }).click();
    await queue().getByText(`shown${number}.bin`).waitFor();
    release();
    await page.getByText("1 file uploaded").waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("asks nothing about a folder that was half uploaded", async () => {
    const { page } = tour;
    const names = Array.from({ length: 30 }, (_, at) => `${String(at).padStart(2, "0")}.txt`);
    for (const name of names) computer.file(`Many${number}/${name}`, name);
    const folder = join(computer.folder, `Many${number}`);
    // Twelve arrive; of three more the session is opened, and the answer is lost.
    let opened = 0;
    await page.route(OPEN, async (route) => {
      opened += 1;
      if (opened <= 12) return await route.continue();
      if (opened <= 15) await route.fetch();
    });
    await pick(page, [folder], "Upload folder");
    await eventually(async () => opened, (count) => count >= 15);
    await eventually(() => person.names(`Many${number}`), (there) => there.length === 15);
    // Another browser, which knows nothing of it, as after a crash that lost everything.
    await tour.context.close();
    const other = await on.visit({ size, person });
    await other.open();
    await other.entry(`Many${number}`).waitFor();
    const sent = sentBy(other);
    await pick(other.page, [folder], "Upload folder");
    await other.page.getByRole("heading", { name: /^18 files uploaded/ }).waitFor();
    expect(await other.page.getByText("This name is taken").count()).toBe(0);
    expect(sent).toHaveLength(18);
    for (const name of names) expect(await person.read(`Many${number}/${name}`)).toBe(name);
    expect(await person.names(`Many${number}`)).toEqual(names);
    await other.end();
  });

  it("asks nothing after a reload in the middle of a folder", async () => {
    const { page } = tour;
    const names = Array.from({ length: 40 }, (_, at) => `${String(at).padStart(2, "0")}.txt`);
    for (const name of names) computer.file(`Reload${number}/${name}`, name);
    let opened = 0;
    await page.route(OPEN, async (route) => {
      opened += 1;
      if (opened <= 10) return await route.continue();
      if (opened <= 13) await route.fetch();
    });
    await pick(page, [join(computer.folder, `Reload${number}`)], "Upload folder");
    await eventually(async () => opened, (count) => count >= 13);
    await eventually(() => person.names(`Reload${number}`), (there) => there.length === 13);
    await page.unroute(OPEN);
    await page.reload();
    await eventually(() => person.names(`Reload${number}`), (there) => there.length === names.length);
    for (const name of names) expect(await eventually(() => person.read(`Reload${number}/${name}`), (text) => text === name)).toBe(name);
    await tour.end();
  });

  it("leaves nothing behind when its row is canceled", async () => {
    const { page } = tour;
    await begin(computer.file(`ghost${number}.bin`, 30 * MEGABYTE));
    await page.reload();
    await tour.entry(`ghost${number}.bin`).waitFor();
    await queue().getByRole("button", { name: "Show the files" }).click();
    await queue().getByRole("button", { name: `Cancel ghost${number}.bin` }).click();
    await tour.entry(`ghost${number}.bin`).waitFor({ state: "detached" });
    expect(await eventually(() => person.names(""), (names) => names.length === 0)).toEqual([]);
    await tour.end();
  });

  it("changes nothing of what is done with the others", async () => {
    const { page } = tour;
    for (const name of ["a.txt", "b.txt"]) await person.put(name, name);
    await person.call("PUT", "/file/upload", { uri: uriOf("ghost.bin"), size: 1000 });
    await tour.open();
    await tour.entry("ghost.bin").waitFor();
    for (const name of ["a.txt", "b.txt", "ghost.bin"]) await page.getByRole("checkbox", { name: `Select ${name}` }).click({ force: true });
    const bar = page.getByRole("toolbar", { name: "Selection" });
    await page.getByText("3 selected").waitFor();
    await bar.getByRole("button", { name: "Download" }).waitFor();
    await tour.shot("ghost-selected");
    expect(await bar.getByRole("button", { name: "Delete for good" }).count()).toBe(0);
    await bar.getByRole("button", { name: "Delete", exact: true }).click();
    expect(await eventually(() => person.names("cloudreve://trash"), (names) => names.length === 2)).toEqual(["a.txt", "b.txt"]);
    expect(await person.names("")).toEqual(["ghost.bin"]);
    // By itself, what can be done with it is to end it.
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await tour.entry("a.txt").waitFor();
    await tour.choose("ghost.bin", "Cancel the upload");
    await tour.entry("ghost.bin").waitFor({ state: "detached" });
    expect(await eventually(() => person.names(""), (names) => names.length === 2)).toEqual(["a.txt", "b.txt"]);
    await tour.end();
  });
});
