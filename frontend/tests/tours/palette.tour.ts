/** The command palette: walking its list keeps the page alive. */
import { describe, expect, it } from "vitest";
import { stage } from "../stage";
import { SIZES } from "../tour";

const on = stage();
let number = 0;

describe.each(SIZES)("the palette, at a $name", (size) => {
  it("is walked up and down, typed into and closed", async () => {
    number += 1;
    const person = await on.register(`walker${number}`);
    for (const name of ["IMG_2010.txt", "IMG_2011.txt"]) await person.put(name, name);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("IMG_2010.txt").waitFor();
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("dialog", { name: "Commands" });
    const active = () => palette.getByRole("option", { selected: true });
    await active().waitFor();
    const first = await active().textContent();
    for (let times = 0; times < 4; times += 1) await page.keyboard.press("ArrowDown");
    await page.waitForFunction((text) => document.querySelector("[role=option][aria-selected=true]")?.textContent !== text, first);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.type("IMG_2010");
    await palette.getByRole("option", { name: /IMG_2010/ }).waitFor();
    await page.keyboard.press("Escape");
    await palette.waitFor({ state: "detached" });
    await tour.entry("IMG_2010.txt").waitFor();
    expect(await page.getByText("This page stopped working").count()).toBe(0);
    await tour.end();
  });
});
