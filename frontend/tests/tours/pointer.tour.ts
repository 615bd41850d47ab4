/** Nothing may come up under a pointer and take its next click: wherever people click twice, that opens and does nothing else. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

/** So few rows reach the lower edge of so low a window. */
const LOW = 520;
const COUNT = 16;
const TRASH = "cloudreve://trash";

let person: Person;
let sharedAs = "";

const on = stage(async (made) => {
  await made.register("admin");
  const friend = await made.register("friend");
  person = await made.register("clicker");
  const names = Array.from({ length: COUNT }, (_, at) => `note ${String(at).padStart(2, "0")}.txt`);
  for (const folder of ["Notes", "Bin", "Short"]) await person.folder(folder);
  await friend.folder("Lent");
  await Promise.all(names.flatMap((name) => [person.put(`Notes/${name}`, name), person.put(`Bin/${name}`, name), friend.put(`Lent/${name}`, name)]));
  await person.call("DELETE", "/file", { uris: names.map((name) => uriOf(`Bin/${name}`)) });
  const link = (await friend.call("PUT", "/share", { uri: uriOf("Lent"), permissions: {} })) as string;
  const [id = "", password = ""] = new URL(link).pathname.split("/").filter(Boolean).slice(1);
  sharedAs = `cloudreve://${id}${password ? `:${password}` : ""}@share`;
  const metadata = { "sys:shared_redirect": sharedAs, "sys:shared_owner": friend.signedIn.user.id };
  await Promise.all(names.map((name) => person.call("POST", "/file/create", { uri: uriOf(`Short/way to ${name}`), type: "folder", metadata })));
});

const LAYOUTS = ["list", "grid", "gallery"] as const;
const PLACES = [
  ...LAYOUTS.map((layout) => ({ name: `a ${layout}`, layout, uri: () => uriOf("Notes"), opens: /[?&]open=/ })),
  { name: "the trash", layout: undefined, uri: () => TRASH, opens: undefined },
  { name: "a search", layout: undefined, uri: () => "cloudreve://my/?name=note", opens: /[?&]open=/ },
  { name: "a share", layout: undefined, uri: () => sharedAs, opens: /[?&]open=/ },
  { name: "shared with me", layout: undefined, uri: () => "cloudreve://shared_with_me", opens: /share/ },
];

/** Everything that a stray click could have changed. */
async function everything(): Promise<unknown> {
  const names = await Promise.all(["Notes", "Bin", "Short", TRASH, "cloudreve://shared_with_me"].map((place) => person.names(place)));
  const shares = await person.call("GET", "/share?page_size=50");
  return { names, shares: (shares as { shares: { id: string }[] }).shares.map(({ id }) => id) };
}

/** Points of entries all over the list, most of them at its lower edge. */
async function raster(page: Page): Promise<{ x: number; y: number }[]> {
  await page.locator("[data-entry]").first().waitFor();
  return await page.locator("[data-scroller]").evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect();
    const bottom = Math.min(edge.bottom, window.innerHeight);
    const boxes = [...scroller.querySelectorAll("[data-entry]")].map((entry) => entry.getBoundingClientRect()).filter(({ top, height }) => top + Math.min(20, height) < bottom);
    const last = Math.max(...boxes.map(({ top }) => top));
    const lowest = boxes.filter(({ top }) => top === last);
    const wide = lowest.length === 1;
    const low = lowest.flatMap(({ left, top, width, height }) => {
      const y = (top + Math.min(bottom, top + height)) / 2;
      // Boxes to tick and corners of cards are meant by themselves.
      return (wide ? [0.2, 0.4, 0.55, 0.7, 0.82, 0.95] : [0.6]).map((part) => ({ x: left + width * part, y }));
    });
    const above = boxes.filter(({ top }) => top < last).slice(-2, -1);
    const all = [...low, ...above.map(({ left, top, width, height }) => ({ x: left + width * 0.82, y: top + height * 0.6 }))];
    // What always floats there is seen by everybody.
    return all.filter(({ x, y }) => document.elementFromPoint(x, y)?.closest("[data-entry]"));
  });
}

async function twice({ page, size }: Visit, { x, y }: { x: number; y: number }) {
  if (!size.touch) return await page.mouse.dblclick(x, y, { delay: 40 });
  await page.touchscreen.tap(x, y);
  await page.touchscreen.tap(x, y);
}

describe.each(SIZES)("two clicks, at a $name", (size) => {
  it.each(PLACES)("open and do nothing else in $name", async ({ layout, uri, opens }) => {
    if (layout) await person.call("PATCH", "/file/view", { uri: uriOf("Notes"), view: { page_size: 100, view: layout, thumbnail: false } });
    const before = await everything();
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await page.setViewportSize({ width: size.width, height: LOW });
    const address = `/home?path=${encodeURIComponent(uri())}`;
    await tour.open(address);
    const points = await raster(page);
    expect(points.length).toBeGreaterThan(1);
    for (const point of points) {
      await twice(tour, point);
      const details = page.getByRole("complementary", { name: "Details" });
      if (opens) await page.waitForURL((url) => opens.test(decodeURIComponent(url.search)) && url.href !== new URL(address, page.url()).href);
      else await details.waitFor();
      await tour.open(address);
      await page.locator("[data-entry]").first().waitFor();
    }
    expect(await everything()).toEqual(before);
    await tour.end();
  });
});

describe("one more tap", () => {
  it("takes back what a long press has chosen, wherever it was", async () => {
    await person.call("PATCH", "/file/view", { uri: uriOf("Notes"), view: { page_size: 100, view: "list", thumbnail: false } });
    const before = await everything();
    const tour = await on.visit({ size: SIZES[1], person });
    const { page } = tour;
    await page.setViewportSize({ width: SIZES[1].width, height: LOW });
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Notes"))}`);
    const points = await raster(page);
    const protocol = await tour.context.newCDPSession(page);
    const bar = page.getByRole("toolbar", { name: "Selection" });
    for (const { x, y } of points) {
      await protocol.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
      await bar.waitFor();
      // A finger stays for a while, until the browser has found its own long press.
      await page.waitForTimeout(400);
      await protocol.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await page.waitForTimeout(400);
      await page.touchscreen.tap(x, y);
      await bar.waitFor({ state: "detached" });
      // The next one is another press, not the rest of a double tap.
      await page.waitForTimeout(600);
    }
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await everything()).toEqual(before);
    await tour.end();
  });
});

describe.each(SIZES)("the bar of a selection, at a $name", (size) => {
  it("does once what is clicked twice", async () => {
    const name = `away at a ${size.name}.txt`;
    await person.put(`Notes/${name}`, "away");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Notes"))}`);
    const bar = page.getByRole("toolbar", { name: "Selection" });
    for (const button of ["Clear selection", "Delete"]) {
      await page.getByRole("checkbox", { name: `Select ${name}` }).click({ force: true });
      const box = await bar.getByRole("button", { name: button, exact: true }).boundingBox();
      await twice(tour, { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 });
      await bar.waitFor({ state: "detached" });
    }
    await tour.entry(name).waitFor({ state: "detached" });
    expect(await eventually(() => person.names(TRASH), (names) => names.includes(name))).toContain(name);
    expect(await page.getByRole("menu").count()).toBe(0);
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "Notes" }).waitFor();
    await tour.end();
  });
});

describe.each(SIZES)("the path bar, at a $name", (size) => {
  it("keeps its height while something is chosen, and comes back", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Notes"))}`);
    const entry = tour.entry("note 03.txt");
    await entry.waitFor();
    const at = await entry.boundingBox();
    await page.getByRole("checkbox", { name: "Select note 03.txt" }).click({ force: true });
    const bar = page.getByRole("toolbar", { name: "Selection" });
    await bar.waitFor();
    expect((await entry.boundingBox())?.y).toBe(at?.y);
    await tour.look("selection-bar");
    await bar.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Copy", exact: true }).click();
    await bar.getByRole("button", { name: "Clear selection" }).click();
    await bar.waitFor({ state: "detached" });
    // Where one goes to paste, the path is there.
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "Notes" }).waitFor();
    await page.getByRole("button", { name: "Paste here" }).waitFor();
    expect((await entry.boundingBox())?.y).toBe(at?.y);
    await tour.look("clipboard-bar");
    await page.getByRole("button", { name: "Paste here" }).click();
    expect(await eventually(() => person.names("Notes"), (names) => names.length === COUNT + 1)).toContain("note 03 (1).txt");
    await person.call("DELETE", "/file", { uris: [uriOf("Notes/note 03 (1).txt")], skip_soft_delete: true });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
