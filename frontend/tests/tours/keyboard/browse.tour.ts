/** Finding one's way without a mouse: only keys are pressed here. */
import { beforeEach, describe, expect, it } from "vitest";
import { act, focused, goTo, pickOption, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { type Person, uriOf } from "../../server";
import { fillFolder, stage } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";

const on = stage();
let number = 0;

describe.each(SIZES)("keys alone find the way, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`pathfinder${number}`);
    await fillFolder(person);
    tour = await on.visit({ size, person });
    await tour.open();
    await tour.entry("Work").waitFor();
  });

  const viewOf = async () => ((await person.call("GET", `/file?${new URLSearchParams({ uri: uriOf("") })}`)) as { view: Record<string, unknown> }).view;
  const names = () => tour.page.locator("[data-entry] [title]").evaluateAll((all) => all.map((each) => each.getAttribute("title")).filter((title) => /^[a-z] |^Work/.test(title ?? "")));
  /** The list of places; a drawer where there is no room for it. */
  const places = async () => {
    if (size.touch) await press(tour.page, /^Menu$/);
  };

  it("in the layout, the order and the columns", async () => {
    const { page } = tour;
    const options = page.getByRole("dialog", { name: "View options" });
    await press(page, /^View options/);
    await options.waitFor();
    await press(page, /^Size$/);
    await eventually(names, (now) => now[1] === "b small one.txt");
    expect(await focused(page)).toMatch(/^Size/);
    await page.keyboard.press("Enter");
    expect(await eventually(names, (now) => now[1] === "a large one.txt")).toEqual(["Work", "a large one.txt", "c notes.md", "b small one.txt"]);
    if (!size.touch) {
      await tabInto(page, page.getByRole("switch", { name: "Created" }));
      await page.keyboard.press("Space");
      await eventually(() => page.getByRole("switch", { name: "Created" }).isChecked(), Boolean);
    }
    await press(page, /^Thumbnails/, "Space");
    expect(await eventually(viewOf, (view) => view.thumbnail === false)).toMatchObject({ order: "size", order_direction: "desc", thumbnail: false });
    await page.keyboard.press("Escape");
    await options.waitFor({ state: "detached" });
    expect(await focused(page)).toBe("View options");
    expect(await ringIsVisible(page)).toBe(true);
    if (!size.touch) {
      await page.getByRole("columnheader", { name: "Created" }).waitFor();
      await tabTo(page, /^Width of Created/);
      expect(await ringIsVisible(page)).toBe(true);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      const width = (view: Record<string, unknown>) => (view.columns as { type: number; width?: number }[] | undefined)?.find((column) => column.type === 3)?.width;
      expect(width(await eventually(viewOf, (view) => width(view) === 190))).toBe(190);
      await press(page, /^Name$/);
      await eventually(viewOf, (view) => view.order === "name");
    }
    if (size.touch) await press(page, /^View options/);
    await tabTo(page, /^List$/);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.locator("[data-gallery]").first().waitFor();
    if (size.touch) await page.keyboard.press("Escape");
    await press(page, /^View options/);
    await tabTo(page, /^Size of pictures/);
    await page.keyboard.press("ArrowRight");
    await eventually(viewOf, (view) => view.view === "gallery");
    await page.keyboard.press("Escape");
    await goTo(tour, "c notes.md");
    expect(await ringIsVisible(page)).toBe(true);
    await tour.shot("keys-gallery");
    await tour.end();
  });

  it("by the quick filter and the search with its conditions", async () => {
    const { page } = tour;
    if (size.touch) await press(page, /^View options/);
    await tabTo(page, /^Filter/);
    await page.keyboard.type("notes");
    await tour.entry("a large one.txt").waitFor({ state: "detached" });
    if (size.touch) await page.keyboard.press("Escape");
    await press(page, /^Clear filter/);
    await tour.entry("a large one.txt").waitFor();
    await page.keyboard.press("Escape");
    await tabTo(page, /^Files and folders/);
    await page.keyboard.press("/");
    await page.getByRole("textbox", { name: "Search" }).waitFor();
    await eventually(() => focused(page), (now) => now.startsWith("Search"));
    await page.keyboard.type("notes");
    await press(page, /^Search options/);
    await tabTo(page, /^Anything/);
    await page.keyboard.press("ArrowRight");
    await tabTo(page, /^Changed within/);
    await page.keyboard.press("ArrowDown");
    await pickOption(page, "the last week");
    await press(page, /^Search$/);
    await tour.entry("deep notes.txt").waitFor();
    await tour.shot("keys-search");
    await act(tour, "deep notes.txt", /^Show in folder/);
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "Plans" }).waitFor();
    await press(page, /^Work$/);
    await tour.entry("Plans").waitFor();
    expect(new URL(page.url()).searchParams.get("path")).toBe(uriOf("Work"));
    await page.keyboard.press("Alt+ArrowUp");
    await tour.entry("Work").waitFor();
    await tour.end();
  });

  it("through the tree, pinned folders, categories and other places", async () => {
    const { page } = tour;
    await act(tour, "Work", /^Pin to sidebar/);
    await eventually(async () => ((await person.call("GET", "/user/me")) as { pined?: unknown[] }).pined?.length, (count) => count === 1);
    await places();
    await tabInto(page, page.getByRole("tree", { name: "Folders" }));
    expect(await ringIsVisible(page)).toBe(true);
    await page.getByRole("treeitem", { name: "Work" }).waitFor();
    await page.keyboard.press("End");
    expect(await focused(page)).toMatch(/^Work/);
    await page.keyboard.press("ArrowRight");
    await page.getByRole("treeitem", { name: "Plans" }).waitFor();
    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toMatch(/^Plans/);
    await page.keyboard.press("ArrowLeft");
    expect(await focused(page)).toMatch(/^Work/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await tour.entry("deep notes.txt").waitFor();
    for (const [link, shown] of [
      [/^Documents/, tour.entry("c notes.md")],
      [/^Shared with me/, page.getByText("Nothing has been shared with you")],
      [/^Trash/, page.getByText("The trash is empty", { exact: true })],
      [/^My shares/, page.getByText("You have not shared anything yet")],
      [/^Tasks/, page.getByText("Nothing has been done in the background yet")],
    ] as const) {
      await places();
      await press(page, link);
      await shown.waitFor();
    }
    await places();
    await tabTo(page, /^My files/);
    await page.keyboard.press("Enter");
    await act(tour, "Work", /^Unpin/);
    await eventually(async () => ((await person.call("GET", "/user/me")) as { pined?: unknown[] }).pined?.length ?? 0, (count) => count === 0);
    await tour.end();
  });

  it("to what is known of a file: versions, shares, links, folder sizes", async () => {
    const { page } = tour;
    await person.put("c notes.md", "second");
    await person.call("PUT", "/share", { permissions: {}, uri: uriOf("c notes.md") });
    await person.call("PUT", "/file/source", { uris: [uriOf("c notes.md")] });
    await page.reload();
    await goTo(tour, "c notes.md");
    await page.keyboard.press("i");
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("button", { name: /^Version of/ }).waitFor();
    await press(page, /^Version of/);
    await page.getByRole("menuitem", { name: "Make current" }).waitFor();
    for (let steps = 0; steps < 6 && !/^Make current/.test(await focused(page)); steps += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await eventually(() => person.read("c notes.md"), (text) => text.startsWith("y"))).toBe("y".repeat(200));
    await panel.getByText("Direct links").waitFor();
    await press(page, /^Copy$/);
    await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text.includes("/s/"));
    await press(page, /^Delete$/);
    await panel.getByText("Direct links").waitFor({ state: "detached" });
    await tour.shot("keys-details");
    await press(page, /^Close$/);
    await panel.waitFor({ state: "detached" });
    await act(tour, "Work", /^Details/);
    await press(page, /^Count$/);
    await panel.getByText("1 file, 1 folder").waitFor();
    await tour.end();
  });
});
