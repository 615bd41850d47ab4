/** Every view and dialog of the file list, in light and dark: pictures to look at, and no serious barrier. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradient } from "../samples";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, SIZES, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  person = await Person.register(server.base, "looker");
  for (const folder of ["Music", "Work", "Work/Plans", "Empty", "A folder with quite a long name, as some people like to give"]) await person.folder(folder);
  for (const [at, name] of ["beach.png", "forest.png", "town at night.png"].entries()) await person.put(name, gradient(640, 420, at));
  const texts = ["notes.txt", "report 2026 final (really final) version of the whole team.docx", "budget.xlsx", "talk.pptx", "paper.pdf", "song.mp3", "film.mp4", "main.rs", "backup.zip", "readme.md", "unknown.qqq"];
  for (const name of texts) await person.put(name, `this is ${name}\n`.repeat(40));
  await person.put("Work/notes.txt", "older");
  const tagged = (name: string, patches: object[]) => person.call("PATCH", "/file/metadata", { uris: [uriOf(name)], patches });
  await tagged("notes.txt", [{ key: "tag:urgent", value: "#c2374a" }, { key: "tag:home" }, { key: "tag:to read", value: "#2f8a3c" }]);
  await tagged("Work", [{ key: "customize:icon_color", value: "#c2374a" }]);
  await tagged("Music", [{ key: "customize:emoji", value: "🎵" }]).catch(() => tagged("Music", [{ key: "customize:emoji", value: "😀" }]));
  await person.call("PUT", "/file/pin", { uri: uriOf("Work/Plans"), name: "Plans" });
  await person.put("gone.txt", "gone");
  await person.put("long gone.txt", "gone");
  await person.call("DELETE", "/file", { uris: [uriOf("gone.txt"), uriOf("long gone.txt")] });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const show = (layout: string, more: object = {}) =>
  person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: layout, thumbnail: true, ...more } });
const at = (path: string) => `/home?path=${encodeURIComponent(path)}`;
const dialog = (page: Page) => page.getByRole("dialog");
const closed = (page: Page) => dialog(page).waitFor({ state: "detached" });

describe.each(SIZES)("looks, at a $name", (size) => {
  const begin = async (path = "/home") => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(path);
    return tour;
  };
  const menuOf = async (tour: Visit, name: string) => {
    await tour.entry(name).click({ button: "right" });
    await tour.page.getByRole("menu").waitFor();
  };
  const choose = async (tour: Visit, name: string, action: string) => {
    await menuOf(tour, name);
    await tour.page.getByRole("menuitem", { name: action }).first().click();
  };

  it.each(["list", "grid", "gallery"])("of a folder as %s", async (layout) => {
    await show(layout, layout === "list" ? { columns: [{ type: 2 }, { type: 1 }, { type: 4 }] } : {});
    const tour = await begin();
    await tour.entry("notes.txt").waitFor();
    await tour.look(`folder-${layout}`);
    await tour.entry("beach.png").click({ button: "right" });
    await tour.page.keyboard.press("Escape");
    await tour.page.getByRole("toolbar", { name: "Selection" }).waitFor();
    await tour.look(`chosen-${layout}`);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("of other places", async () => {
    const tour = await begin(at(uriOf("Empty")));
    const { page } = tour;
    await page.getByText("This folder is empty").waitFor();
    await tour.look("empty");
    await tour.open(at("cloudreve://trash"));
    await tour.entry("gone.txt").waitFor();
    await tour.look("trash");
    await tour.open(at("cloudreve://shared_with_me"));
    await page.getByText("Nothing has been shared with you").waitFor();
    await tour.look("shared-with-me");
    await tour.open(at("cloudreve://my/?category=image"));
    await tour.entry("beach.png").waitFor();
    await tour.look("category");
    await tour.open(at("cloudreve://my/?name=notes&case_folding"));
    await tour.entry("notes.txt").first().waitFor();
    await page.getByRole("button", { name: "Search options" }).click();
    await page.getByLabel("Tag").waitFor();
    await tour.look("search-conditions");
    await tour.open(at("cloudreve://my/nowhere"));
    await page.getByRole("alert").waitFor();
    await tour.look("not-there");
    if (size.touch) {
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("treeitem", { name: "Work" }).waitFor();
      await tour.look("sidebar");
    }
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("of menus and panels", async () => {
    await show("list");
    const tour = await begin();
    const { page } = tour;
    await menuOf(tour, "notes.txt");
    await tour.look("menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "New folder" }).waitFor();
    await tour.look("new-menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "View options" }).click();
    await page.getByText("Sort by").waitFor();
    await tour.look("view-menu");
    await page.keyboard.press("Escape");
    await choose(tour, "notes.txt", "Details");
    await page.getByRole("complementary", { name: "Details" }).getByText("Versions").waitFor();
    await tour.look("details");
    await page.getByRole("complementary", { name: "Details" }).getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await tour.look("palette");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("of dialogs", async () => {
    await show("list");
    const tour = await begin();
    const { page } = tour;
    const cases: [string, string, string][] = [
      ["notes.txt", "Rename", "rename"],
      ["notes.txt", "Move to…", "folder-picker"],
      ["notes.txt", "Direct link…", "direct-links"],
      ["notes.txt", "Tags and look…", "tags"],
      ["readme.md", "Open with…", "open-with"],
    ];
    for (const [name, action, look] of cases) {
      await choose(tour, name, action);
      await dialog(page).waitFor();
      await tour.look(look);
      await page.keyboard.press("Escape");
      await closed(page);
    }
    await choose(tour, "notes.txt", "Copy to…");
    await dialog(page).getByRole("treeitem", { name: "Work", exact: true }).click();
    await page.getByRole("button", { name: "Copy here" }).click();
    await page.getByRole("dialog", { name: "Names are taken" }).waitFor();
    await tour.look("taken");
    await page.keyboard.press("Escape");
    await closed(page);
    await tour.entry("budget.xlsx").click({ button: "right" });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Delete");
    await dialog(page).waitFor();
    await tour.look("delete-for-good");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
