/** Photographs, films, music, source texts, archives, and viewers of other sites. */
import { createServer, type Server as WebServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { film, photo, UPRIGHT } from "../media";
import { wav, zip } from "../samples";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, SIZES, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
let elsewhere: WebServer;

/** A page of another site that says what it was given and whether it can look into ours. */
const VIEWER = `<p id="name"></p><p id="text"></p><p id="reach"></p><script>
  const query = new URLSearchParams(location.search);
  document.querySelector("#name").textContent = query.get("name");
  fetch(query.get("src")).then((answer) => answer.text()).then((text) => (document.querySelector("#text").textContent = text));
  try { parent.document.title; document.querySelector("#reach").textContent = "reached"; }
  catch { document.querySelector("#reach").textContent = "kept out"; }
</script>`;

beforeAll(async () => {
  browser = await launch();
  elsewhere = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(VIEWER));
  await new Promise<void>((ready) => elsewhere.listen(0, "127.0.0.1", ready));
  const { port } = elsewhere.address() as AddressInfo;
  const built = ["image", "video", "music", "pdf", "markdown", "monaco", "archive"].map((id) => ({ id, type: "builtin", display_name: id, exts: EXTENSIONS[id] ?? [] }));
  const outside = { id: "plans", type: "custom", display_name: "Plan viewer", exts: ["plan"], url: `http://127.0.0.1:${port}/?src={$src}&name={$name}` };
  server = await startServer({ file_viewers: JSON.stringify([{ viewers: [...built, outside] }]) });
  person = await Person.register(server.base, "watcher");
  await person.put("photo.jpg", await photo(browser));
  await person.put("film.webm", await film(browser));
  await person.put("first.wav", wav());
  await person.put("second.wav", wav());
  await person.put("main.rs", "fn main() {\n    println!(\"one\");\n}\n");
  await person.put("broken.mp4", "not a film");
  await person.put("broken.pdf", "not a document");
  await person.put("things.zip", zip({ "letters/to änna.txt": "Dear Änna", "plan.txt": "the plan" }));
  await person.put("broken.zip", "PK");
  await person.put("house.plan", "walls and doors");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  elsewhere?.close();
});

const EXTENSIONS: Record<string, string[]> = { image: ["jpg", "png"], video: ["webm", "mp4"], music: ["wav"], pdf: ["pdf"], markdown: ["md"], monaco: ["rs", "txt", "md"], archive: ["zip"] };
const opened = (name: string) => `/home?open=${encodeURIComponent(`cloudreve://my/${encodeURIComponent(name)}`)}`;

describe.each(SIZES)("media, at a $name", (size) => {
  it("shows what the camera wrote, and zooms", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("photo.jpg"));
    await page.getByRole("dialog", { name: "photo.jpg" }).getByRole("img", { name: "photo.jpg" }).waitFor();
    const picture = page.getByRole("img", { name: "photo.jpg" });
    const before = (await picture.boundingBox())?.width ?? 0;
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.waitForFunction((width) => (document.querySelector("img[alt='photo.jpg']")?.getBoundingClientRect().width ?? 0) > width * 1.2, before);
    await page.getByRole("button", { name: "About this picture" }).click();
    await page.getByText("Pinhole").waitFor();
    await page.getByText("Model 7").waitFor();
    await page.getByText("300 × 200").waitFor();
    await tour.look("exif");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("plays films, and says when it cannot", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("film.webm"));
    await page.locator("video").waitFor({ state: "attached" });
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) === 160);
    await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0 || !!document.querySelector("video")?.ended);
    await tour.look("film");
    await tour.open(opened("broken.mp4"));
    await page.getByText("This browser cannot play the file.").waitFor();
    await tour.open(opened("broken.pdf"));
    await page.getByText("This is no readable PDF document.").waitFor();
    await tour.look("unreadable");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("plays one song after the other from a list", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open();
    await tour.enter("first.wav");
    await page.getByRole("dialog", { name: "first.wav" }).waitFor();
    await page.getByRole("button", { name: "second.wav" }).waitFor();
    await tour.look("music");
    // Browsers may want a gesture before they play: then the list is used by hand.
    await page.getByRole("button", { name: "second.wav" }).click();
    await page.getByRole("dialog", { name: "second.wav" }).waitFor();
    await page.waitForFunction(() => (document.querySelector("audio")?.duration ?? 0) > 0.9);
    await page.evaluate(() => document.querySelector("audio")?.play());
    await page.waitForFunction(() => !!document.querySelector("audio")?.ended);
    await page.getByRole("button", { name: "first.wav" }).click();
    await page.getByRole("dialog", { name: "first.wav" }).waitFor();
    await page.evaluate(() => document.querySelector("audio")?.play());
    await page.getByRole("dialog", { name: "second.wav" }).waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("colours source texts, keeps versions, and opens an earlier one for reading", async () => {
    await person.put("main.rs", "fn main() {\n    println!(\"one\");\n}\n");
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("main.rs"));
    await page.locator(".cm-content span[class]", { hasText: "fn" }).first().waitFor();
    await tour.look("source");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("// two");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved as a new version").waitFor();
    expect(await person.read("main.rs")).toContain("// two");
    const info = (await person.call("GET", `/file/info?${new URLSearchParams({ uri: uriOf("main.rs"), extended: "true" })}`)) as { extended_info: { entities: { id: string }[] } };
    const earlier = info.extended_info.entities[1]?.id ?? "";
    await tour.open(`${opened("main.rs")}&version=${earlier}`);
    await page.getByText("earlier version").waitFor();
    await page.locator(".cm-content").waitFor();
    expect(await page.locator(".cm-content").textContent()).not.toContain("// two");
    expect(await page.getByRole("button", { name: "Save" }).count()).toBe(0);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("lists what is in an archive, to those who may, and says when it is broken", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("things.zip"));
    await page.getByRole("row", { name: /plan.txt 8 B/ }).waitFor();
    await tour.look("archive");
    await page.getByRole("button", { name: "letters", exact: true }).click();
    await page.getByRole("cell", { name: "to änna.txt", exact: true }).waitFor();
    await tour.look("archive-folder");
    await page.getByRole("navigation", { name: "Place in the archive" }).getByRole("button", { name: "things.zip" }).click();
    await page.getByRole("row", { name: /plan.txt 8 B/ }).waitFor();
    await tour.open(opened("broken.zip"));
    await page.getByText("This is no readable archive.").waitFor();
    await page.getByRole("button", { name: /^Download \(/ }).waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
    // Ordinary groups do not look into archives from the start.
    const other = await Person.register(server.base, `reader-${size.name}`);
    await other.put("things.zip", zip({ "plan.txt": "the plan" }));
    const refused = await visit(browser, server.base, { size, person: other });
    await refused.open(opened("things.zip"));
    await refused.page.getByText("Your group is not allowed to do this.").waitFor();
    await refused.shot("archive-refused");
    await refused.end();
  });

  it("turns photographs the right way up, small and large", async () => {
    const owner = await Person.register(server.base, `turner-${size.name}`);
    await owner.put("upright.jpg", await photo(browser, UPRIGHT));
    const tour = await visit(browser, server.base, { size, person: owner });
    const { page } = tour;
    /** Whether it stands, with the red side up; loaded once more, so that nothing taints what is read. */
    const stands = (selector: string) =>
      page.waitForFunction((wanted) => {
        const img = document.querySelector<HTMLImageElement>(wanted);
        if (!img?.complete || img.naturalWidth === 0 || img.naturalWidth >= img.naturalHeight) return false;
        const { naturalWidth: width, naturalHeight: height } = img;
        const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
        context?.drawImage(img, 0, 0);
        const at = (part: number) => context?.getImageData(width / 2, height * part, 1, 1).data ?? [];
        const [top, bottom] = [at(0.2), at(0.8)];
        return (top[0] ?? 0) > (top[1] ?? 0) && (bottom[1] ?? 0) > (bottom[0] ?? 0);
      }, selector);
    for (const layout of ["grid", "gallery", "list"]) {
      await owner.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: layout, thumbnail: true } });
      await tour.open();
      await stands("[data-entry] img");
      await tour.shot(`upright-${layout}`);
    }
    await tour.enter("upright.jpg");
    await stands("img[alt='upright.jpg']");
    await tour.shot("upright");
    await tour.end();
  });

  it("hands a file to a viewer of another site, which cannot look into this page", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("house.plan"));
    await page.getByRole("button", { name: /^Continue to / }).click();
    const frame = page.frameLocator('iframe[title="Plan viewer"]');
    await frame.getByText("house.plan").waitFor();
    await frame.getByText("walls and doors").waitFor();
    await frame.getByText("kept out").waitFor();
    expect(await page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-top-navigation");
    await tour.end();
  });
});
