/** Finding one's way: columns, order, filter, search, tree, pins, details. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { fillFolder, stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const on = stage();
let number = 0;

describe.each(SIZES)("views, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`finder${number}`);
    await fillFolder(person);
    tour = await on.visit({ size, person });
  });

  const names = () => tour.page.locator("[data-entry] [title]").evaluateAll((all) => all.map((each) => each.getAttribute("title")).filter((title) => /^[a-z] |^Work/.test(title ?? "")));
  const viewOf = async (path: string) => ((await person.call("GET", `/file?${new URLSearchParams({ uri: uriOf(path) })}`)) as { view: Record<string, unknown> }).view;
  const options = () => tour.page.getByRole("button", { name: "View options" }).click();

  it("sorts by what is chosen, and remembers it for the folder", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("b small one.txt").waitFor();
    expect(await names()).toEqual(["Work", "a large one.txt", "b small one.txt", "c notes.md"]);
    await options();
    // The head of the column has that name, too.
    await page.getByText("Sort by").waitFor();
    await page.getByRole("button", { name: "Size", exact: true }).last().click();
    await eventually(names, (now) => now[1] === "b small one.txt");
    await page.getByRole("button", { name: "Size", exact: true }).last().click();
    expect(await eventually(names, (now) => now[1] === "a large one.txt")).toEqual(["Work", "a large one.txt", "c notes.md", "b small one.txt"]);
    expect(await eventually(() => viewOf(""), (view) => view.order_direction === "desc")).toMatchObject({ order: "size", order_direction: "desc" });
    await page.reload();
    await tour.entry("c notes.md").waitFor();
    expect((await names())[1]).toBe("a large one.txt");
    await tour.end();
  });

  it("filters at once, and clears the filter", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("c notes.md").waitFor();
    if (size.touch) await options();
    await page.getByRole("textbox", { name: "Filter" }).fill("NOTES");
    await tour.entry("b small one.txt").waitFor({ state: "detached" });
    expect(await names()).toEqual(["c notes.md"]);
    if (size.touch) await options();
    await page.getByRole("button", { name: "Clear filter" }).click();
    await tour.entry("b small one.txt").waitFor();
    await tour.end();
  });

  it("searches with conditions, says what they were, and goes where a result lies", async () => {
    const { page } = tour;
    await person.call("PATCH", "/file/metadata", { uris: [uriOf("c notes.md")], patches: [{ key: "tag:red", value: "#c2374a" }] });
    await tour.open();
    await tour.entry("Work").waitFor();
    if (size.touch) await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("textbox", { name: "Search" }).fill("notes");
    await page.getByRole("button", { name: "Search options" }).click();
    await page.getByText("Files", { exact: true }).click();
    await page.getByLabel("Tag").fill("red");
    await page.getByRole("dialog").getByRole("button", { name: "Search" }).click();
    await tour.entry("c notes.md").waitFor();
    await tour.entry("deep notes.txt").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Search options" }).click();
    expect(await page.getByLabel("Tag").inputValue()).toBe("red");
    await page.getByLabel("Tag").fill("");
    await page.getByRole("combobox", { name: "Changed within" }).click();
    await page.getByRole("option", { name: "the last week" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Search" }).click();
    await tour.entry("deep notes.txt").waitFor();
    await tour.choose("deep notes.txt", "Show in folder");
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "Plans" }).waitFor();
    await tour.end();
  });

  it("goes through the tree, pins a folder, and takes the pin away", async () => {
    const { page } = tour;
    const sidebar = async () => {
      if (size.touch) await page.getByRole("button", { name: "Menu", exact: true }).click();
    };
    const tree = page.getByRole("tree", { name: "Folders" });
    await tour.open();
    await tour.entry("Work").waitFor();
    await tour.choose("Work", "Pin to sidebar");
    await sidebar();
    await page.getByRole("link", { name: "Work" }).waitFor();
    await tree.getByRole("treeitem", { name: "Work" }).focus();
    await page.keyboard.press("ArrowRight");
    await tree.getByRole("treeitem", { name: "Plans" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await tour.entry("deep notes.txt").waitFor();
    await sidebar();
    await page.getByRole("link", { name: "Documents" }).click();
    await tour.entry("c notes.md").waitFor();
    await sidebar();
    await page.getByRole("link", { name: "Work" }).click();
    await tour.entry("Plans").waitFor();
    await page.getByRole("navigation", { name: "Path" }).getByRole("button", { name: "My files" }).click();
    await tour.choose("Work", "Unpin");
    await page.getByRole("link", { name: "Work" }).waitFor({ state: "detached" });
    await tour.end();
  });

  it("shows versions, shares, links and what a folder holds, and goes back to a version", async () => {
    const { page } = tour;
    await person.put("c notes.md", "second");
    await person.call("PUT", "/share", { permissions: {}, uri: uriOf("c notes.md") });
    await tour.open();
    await tour.choose("c notes.md", "Details");
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByText("Shares", { exact: true }).waitFor();
    await panel.getByRole("button", { name: /^Version of/ }).click();
    await page.getByRole("menuitem", { name: "Make current" }).click();
    expect(await eventually(() => person.read("c notes.md"), (text) => text.startsWith("y"))).toBe("y".repeat(200));
    // The newest content has become one that can be removed.
    await panel.getByRole("listitem").first().getByRole("button", { name: /^Version of/ }).click();
    await page.getByRole("menuitem", { name: "Delete this version" }).click();
    await panel.getByRole("button", { name: /^Version of/ }).waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Close" }).click();
    await tour.choose("Work", "Details");
    await panel.getByRole("button", { name: "Count" }).click();
    await panel.getByText("1 file, 1 folder").waitFor();
    await tour.end();
  });

  it("gives a colour, an emoji and a tag, and finds by the tag", async () => {
    const { page } = tour;
    await tour.open();
    await tour.choose("c notes.md", "Tags and look…");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Tags").fill("green");
    await page.keyboard.press("Enter");
    await dialog.getByRole("group", { name: "Colour of new tags" }).getByRole("button", { name: "#2f8f4e" }).click();
    await dialog.getByRole("group", { name: "Colour", exact: true }).getByRole("button", { name: "#c2374a" }).click();
    await dialog.getByRole("button", { name: "😀" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await tour.entry("c notes.md").getByText("😀").waitFor();
    // The page shows it before the server has answered.
    const metadata = async () => ((await person.call("GET", `/file/info?${new URLSearchParams({ uri: uriOf("c notes.md") })}`)) as { metadata: Record<string, string> }).metadata;
    expect(await eventually(metadata, (known) => "customize:emoji" in known)).toMatchObject({ "tag:green": "#2f8f4e", "customize:icon_color": "#c2374a", "customize:emoji": "😀" });
    await tour.entry("c notes.md").getByText("green").click();
    await tour.entry("b small one.txt").waitFor({ state: "detached" });
    await tour.entry("c notes.md").waitFor();
    await tour.end();
  });

  if (!size.touch)
    it("chooses and resizes columns with the mouse and the keyboard, and remembers them", async () => {
      const { page } = tour;
      await tour.open();
      await tour.entry("c notes.md").waitFor();
      await options();
      await page.getByRole("switch", { name: "Created" }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("columnheader", { name: "Created" }).waitFor();
      const grip = page.getByRole("separator", { name: "Width of Created" });
      const box = await grip.boundingBox();
      if (!box) throw new Error("no grip");
      await page.mouse.move(box.x + 4, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x - 46, box.y + 10, { steps: 5 });
      await page.mouse.up();
      const created = (view: Record<string, unknown>) => (view.columns as { type: number; width?: number }[] | undefined)?.find((column) => column.type === 3)?.width;
      expect(created(await eventually(() => viewOf(""), (view) => created(view) === 220))).toBe(220);
      await grip.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      expect(created(await eventually(() => viewOf(""), (view) => created(view) === 200))).toBe(200);
      await page.reload();
      await page.getByRole("columnheader", { name: "Created" }).waitFor();
      expect(await page.getByRole("separator", { name: "Width of Created" }).getAttribute("aria-valuenow")).toBe("200");
      await tour.end();
    });
});
