/** Every viewer without a mouse: only keys are pressed here. */
import { beforeAll, describe, expect, it } from "vitest";
import { act, focused, goTo, inDialog, pickItem, pickOption, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { film, photo } from "../../media";
import { pdf, png, wav, zip } from "../../samples";
import { type Person, uriOf } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";

let person: Person;
const on = stage();
beforeAll(async () => {
  // The first account, whose group may look into archives.
  person = await on.register("onlooker");
  await person.put("a photo.jpg", await photo(on.browser));
  await person.put("b picture.png", png(80, 60, [200, 60, 60]));
  await person.put("film.webm", await film(on.browser));
  await person.put("first.wav", wav());
  await person.put("second.wav", wav());
  await person.put("paper.pdf", pdf());
  await person.put("things.zip", zip({ "letters/to anna.txt": "Dear Anna" }));
  await person.put("unknown.xyz", "?");
  await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: "list", thumbnail: true } });
});

/** Opens a file from the list, and closes it again when all is looked at. */
async function look(tour: Visit, name: string, at: () => Promise<unknown>) {
  const { page } = tour;
  await goTo(tour, name);
  await page.keyboard.press("Enter");
  await page.locator("[data-viewer]").waitFor();
  await inDialog(page);
  await at();
}

async function isClosed({ page }: Visit) {
  await page.locator("[data-viewer]").waitFor({ state: "detached" });
  expect(await eventually(() => focused(page), (now) => now.startsWith("Files and folders"))).toMatch(/^Files and folders/);
}

describe.each(SIZES)("keys alone look at files, at a $name", (size) => {
  it("pictures: the next, larger, and what is known of them", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await look(tour, "a photo.jpg", async () => {
      const picture = page.getByRole("img", { name: "a photo.jpg" });
      await picture.waitFor();
      const before = (await picture.boundingBox())?.width ?? 0;
      await tabTo(page, /^Zoom in/);
      expect(await ringIsVisible(page)).toBe(true);
      await page.keyboard.press("Enter");
      await page.waitForFunction((width) => (document.querySelector("img[alt='a photo.jpg']")?.getBoundingClientRect().width ?? 0) > width * 1.2, before);
      await press(page, /^Zoom out/);
      await press(page, /^About this picture/);
      await page.getByText("Pinhole").waitFor();
      await tour.shot("keys-picture");
      await page.keyboard.press("Escape");
      await page.getByText("Pinhole").waitFor({ state: "detached" });
      expect(await eventually(() => focused(page), (now) => now.startsWith("About"))).toBe("About this picture");
      await press(page, /^Next/);
      await page.getByRole("dialog", { name: "b picture.png" }).waitFor();
      await inDialog(page);
      // The picture has the focus, so the arrows go on from here.
      await page.keyboard.press("ArrowLeft");
      await page.getByRole("dialog", { name: "a photo.jpg" }).waitFor();
      await inDialog(page);
      await page.keyboard.press("Escape");
    });
    await isClosed(tour);
    await tour.end();
  });

  it("films and music: play, go on, louder, another from the list", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const playing = (kind: string) => page.evaluate((name) => !(document.querySelector(name) as HTMLMediaElement | null)?.paused, kind);
    await tour.open();
    await look(tour, "film.webm", async () => {
      await page.waitForFunction(() => document.querySelector("video")?.readyState === 4);
      await tabInto(page, page.locator("media-play-button"));
      expect(await ringIsVisible(page)).toBe(true);
      const before = await playing("video");
      await page.keyboard.press("Space");
      await eventually(() => playing("video"), (now) => now !== before);
      await tabInto(page, page.locator("media-mute-button"));
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("video")?.muted === true);
      // The button follows the film, and only then does the other of its two things.
      await page.locator('media-mute-button[mediavolumelevel="off"]').waitFor({ state: "attached" });
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("video")?.muted === false);
      await press(page, /^Close$/);
    });
    await isClosed(tour);
    await look(tour, "first.wav", async () => {
      await tabInto(page, page.getByRole("button", { name: "second.wav" }));
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "second.wav" }).waitFor();
      await page.waitForFunction(() => (document.querySelector("audio")?.duration ?? 0) > 0.9);
      await tabInto(page, page.locator("media-volume-range"));
      await page.keyboard.press("ArrowLeft");
      await page.waitForFunction(() => (document.querySelector("audio")?.volume ?? 1) < 1);
      await tabInto(page, page.locator("media-time-range"));
      await page.keyboard.press("Escape");
    });
    await isClosed(tour);
    await tour.end();
  });

  it("documents, archives, and what has no viewer", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await look(tour, "paper.pdf", async () => {
      const sheet = page.getByRole("img", { name: "Page 1" });
      await sheet.waitFor();
      const before = (await sheet.boundingBox())?.width ?? 0;
      await press(page, /^Zoom in/);
      await eventually(async () => (await sheet.boundingBox())?.width ?? 0, (width) => width > before);
      await tabInto(page, page.getByRole("region", { name: "paper.pdf" }));
      await page.keyboard.press("End");
      await eventually(() => page.getByRole("img", { name: "Page 2" }).evaluate((each) => each.getBoundingClientRect().top < window.innerHeight), (seen) => seen);
      const [saved] = await Promise.all([page.waitForEvent("download"), press(page, /^Download$/)]);
      expect(saved.suggestedFilename()).toBe("paper.pdf");
      await page.keyboard.press("Escape");
    });
    await isClosed(tour);
    await look(tour, "things.zip", async () => {
      await press(page, /^letters$/);
      await page.getByRole("cell", { name: "to anna.txt", exact: true }).waitFor();
      await tabTo(page, /^Encoding/);
      await page.keyboard.press("ArrowDown");
      await pickOption(page, "big5");
      // Read anew, it is shown from its beginning.
      await page.getByRole("button", { name: "letters", exact: true }).waitFor();
      await tabInto(page, page.getByRole("region", { name: "things.zip" }));
      await page.keyboard.press("Escape");
    });
    await isClosed(tour);
    await look(tour, "unknown.xyz", async () => {
      await page.getByText("There is no viewer").waitFor();
      const [saved] = await Promise.all([page.waitForEvent("download"), press(page, /^Download \(/)]);
      expect(saved.suggestedFilename()).toBe("unknown.xyz");
      await press(page, /^Close$/);
    });
    await isClosed(tour);
    await tour.end();
  });

  it("what comes slowly: the focus stays in the viewer when the file has come", async () => {
    await person.put("slow.md", "# Slow\n");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    let come = () => {};
    const waited = new Promise<void>((done) => (come = done));
    await page.route(/\/file\/content\//, async (route) => {
      await waited;
      await route.continue();
    });
    await look(tour, "slow.md", async () => {
      await tabTo(page, /^Close$/);
      come();
      await page.getByRole("heading", { name: "Slow", exact: true }).waitFor();
      await inDialog(page);
      await press(page, /^Close$/);
    });
    await isClosed(tour);
    await tour.end();
  });

  it("what comes slowly: a menu above it stays open when the viewer and the file have come", async () => {
    await person.put("late.md", "# Late\n");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    let come = () => {};
    const waited = new Promise<void>((done) => (come = done));
    for (const late of [/\/file\/content\//, /TextViewer.*\.js$/]) {
      await page.route(late, async (route) => {
        await waited;
        await route.continue();
      });
    }
    await look(tour, "late.md", async () => {
      await press(page, /^Open with/);
      await page.getByRole("menu").waitFor();
      come();
      await page.getByRole("heading", { name: "Late", exact: true }).waitFor();
      await page.getByRole("menu").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
      await press(page, /^Close$/);
    });
    await isClosed(tour);
    await tour.end();
  });

  it("texts: writing, saving, somebody else's change, the preview, and out of the text again", async () => {
    const name = `notes-${size.name}.md`;
    await person.put(name, "# One\n");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await look(tour, name, async () => {
      await page.getByRole("heading", { name: "One", exact: true }).waitFor();
      if (size.touch) await press(page, /^Preview$/);
      await tabInto(page, page.locator(".cm-content"));
      await page.keyboard.press("Control+End");
      await page.keyboard.type("two");
      await page.keyboard.press("Control+s");
      await page.getByText("Saved as a new version").waitFor();
      await person.put(name, "# From elsewhere\n");
      await page.keyboard.type(" three");
      // Tab indents; after Escape it leaves the text.
      await page.keyboard.press("Escape");
      await tabTo(page, /^Save/, "Shift+Tab");
      await page.keyboard.press("Enter");
      const stale = page.getByRole("dialog", { name: "Somebody else saved this file" });
      await stale.waitFor();
      await press(page, /^Save over it/);
      expect(await eventually(() => person.read(name), (text) => text.includes("three"))).toContain("two three");
      // One writes on where one was.
      await stale.waitFor({ state: "detached" });
      await page.waitForFunction(() => !!document.activeElement?.closest(".cm-content"));
      await page.keyboard.type("four");
      await page.keyboard.press("Escape");
      await press(page, /^Open with/);
      await page.getByRole("menu").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
      await press(page, /^Close$/);
      await page.getByRole("dialog", { name: "Unsaved changes" }).waitFor();
      await press(page, /^Discard/);
    });
    await isClosed(tour);
    await act(tour, name, /^Open(?! with)/);
    await page.locator("[data-viewer]").waitFor();
    await inDialog(page);
    // Forwards is the text, where Tab indents.
    await tabTo(page, /^Open with/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await pickItem(page, /^Text editor/);
    await page.waitForURL(/viewer=monaco/);
    await tour.end();
  });
});
