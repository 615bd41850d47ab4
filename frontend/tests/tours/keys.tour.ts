import { beforeEach, describe, expect, it } from "vitest";
import type { Person } from "../server";
import { stage } from "../stage";
import { eventually, type Visit } from "../tour";

const on = stage();
let number = 0;

describe("files, with the keyboard and the mouse", () => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`keys${number}`);
    await person.folder("Target");
    for (const name of ["a.txt", "b.txt", "c.txt", "d.txt"]) await person.put(name, name);
    await person.call("PATCH", "/file/view", { uri: "cloudreve://my/", view: { page_size: 100, view: "list", thumbnail: true } });
    tour = await on.visit({ person });
    await tour.open();
    await tour.entry("a.txt").waitFor();
  });

  const chosen = () => tour.page.locator('[data-entry][aria-selected="true"]').count();

  it("selects with arrows, shift and ctrl, renames, copies, pastes and deletes", async () => {
    const { page } = tour;
    await tour.entry("a.txt").click();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    expect(await chosen()).toBe(3);
    await tour.entry("b.txt").click({ modifiers: ["Control"] });
    expect(await chosen()).toBe(2);
    await page.keyboard.press("Control+a");
    expect(await chosen()).toBe(5);
    await page.keyboard.press("Escape");
    expect(await chosen()).toBe(0);
    await tour.entry("a.txt").click();
    await page.keyboard.press("F2");
    await page.getByRole("dialog").getByLabel("Name").fill("renamed.txt");
    await page.keyboard.press("Enter");
    await tour.entry("renamed.txt").waitFor();
    await tour.entry("c.txt").click();
    await page.keyboard.press("Control+c");
    await tour.entry("Target").dblclick();
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+v");
    await tour.entry("c.txt").waitFor();
    await tour.entry("c.txt").click();
    await page.keyboard.press("Delete");
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Backspace");
    await tour.entry("c.txt").waitFor();
    await page.keyboard.press("/");
    expect(await page.getByRole("textbox", { name: "Search" }).evaluate((element) => element === document.activeElement)).toBe(true);
    await tour.end();
  });

  it("moves by dragging, and selects by drawing a box", async () => {
    const { page } = tour;
    await tour.entry("a.txt").dragTo(tour.entry("Target"));
    await tour.entry("a.txt").waitFor({ state: "detached" });
    expect(await eventually(() => person.names("Target"), (names) => names.length === 1)).toEqual(["a.txt"]);
    const list = await page.locator("[data-scroller]").boundingBox();
    const last = await tour.entry("d.txt").boundingBox();
    if (!list || !last) throw new Error("nothing is shown");
    await page.mouse.move(list.x + list.width - 60, last.y + last.height + 90);
    await page.mouse.down();
    await page.mouse.move(list.x + 300, last.y + 10, { steps: 8 });
    await page.mouse.move(list.x + 200, last.y - 20, { steps: 8 });
    await page.mouse.up();
    expect(await chosen()).toBe(2);
    await tour.end();
  });

  it("goes anywhere by typing into the command palette", async () => {
    const { page } = tour;
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Commands" }).fill("targ");
    await page.getByRole("option", { name: /Target/ }).waitFor();
    await tour.shot("palette");
    await page.keyboard.press("Enter");
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Commands" }).fill("trash");
    await page.keyboard.press("Enter");
    await page.getByText("The trash is empty").waitFor();
    await tour.end();
  });
});
