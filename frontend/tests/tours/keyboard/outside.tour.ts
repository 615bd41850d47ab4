/** Viewers of other sites, without a mouse: into their frame, and out of it again. */
import { describe, expect, it } from "vitest";
import { act, focused, goTo, inDialog, pickItem, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { Person } from "../../server";
import { StandIn } from "../../stand-in";
import { stageBeside } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";

let person: Person;
const siteOf = (standIn: StandIn) => {
  const url = `${standIn.base}/view?src={$src}&name={$name}`;
  const viewers = [
    { id: "plans", type: "custom", display_name: "Plan viewer", exts: ["plan"], url: `${url}&button=Turn` },
    { id: "plain", type: "custom", display_name: "Plain viewer", exts: ["plan"], url },
  ];
  return { file_viewers: JSON.stringify([{ viewers }]) };
};
const on = stageBeside(StandIn.open, siteOf, async (made) => {
  person = await made.register("planner");
  await person.put("attic.plan", "two floors, one cat");
});

async function isClosed({ page }: Visit) {
  await page.locator("[data-viewer]").waitFor({ state: "detached" });
  expect(await eventually(() => focused(page), (now) => now.startsWith("Files and folders"))).toMatch(/^Files and folders/);
}

/** Says that the file may go to the other site. */
async function agree({ page }: Visit) {
  await page.getByRole("heading", { name: /^Open this file at / }).waitFor();
  await inDialog(page);
  await press(page, /^Continue to /);
}

describe.each(SIZES)("keys alone, in a viewer of another site, at a $name", (size) => {
  it("go in and out of its frame at both ends, and close it", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const stage = page.locator("iframe");
    const frame = page.frameLocator("iframe");
    const isAt = async (name: string) => expect(await eventually(() => focused(page), (now) => now === name)).toBe(name);
    /** What has the focus within the frame. */
    const within = async () => ((await eventually(async () => frame.locator(":focus").count(), (count) => count > 0)) ? frame.locator(":focus").first().textContent() : undefined);
    await tour.open();
    await act(tour, "attic.plan", /^Open with/);
    await inDialog(page);
    await press(page, /^Plan viewer/);
    await agree(tour);
    await frame.getByText("two floors, one cat").waitFor();
    await inDialog(page);
    await tabInto(page, stage);
    await page.keyboard.press("Tab");
    expect(await within()).toBe("Turn");
    await page.keyboard.press("Enter");
    await frame.getByText("turned").waitFor();
    // The frame keeps Escape to itself, as browsers have it; Tab leaves it, and stays in the viewer.
    await page.keyboard.press("Escape");
    expect(await within()).toBe("Turn");
    await page.keyboard.press("Tab");
    await isAt("Close Plan viewer");
    expect(await ringIsVisible(page)).toBe(true);
    await tour.shot("keys-outside");
    await page.keyboard.press("Tab");
    await isAt("Download");
    await page.keyboard.press("Shift+Tab");
    await isAt("Close Plan viewer");
    await page.keyboard.press("Shift+Tab");
    await tabInto(page, stage);
    await tabTo(page, /^Close$/, "Shift+Tab");
    await tabTo(page, /^Close Plan viewer/);
    await page.keyboard.press("Enter");
    await isClosed(tour);

    await goTo(tour, "attic.plan");
    await page.keyboard.press("Enter");
    await agree(tour);
    await frame.getByText("two floors, one cat").waitFor();
    await inDialog(page);
    await tabInto(page, stage);
    await tabTo(page, /^Close$/, "Shift+Tab");
    await page.keyboard.press("Escape");
    await isClosed(tour);
    await tour.end();
  });

  it("are not caught in one that has nothing to press, and take another", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const stage = page.locator("iframe");
    await tour.open();
    await act(tour, "attic.plan", /^Open with/);
    await inDialog(page);
    await press(page, /^Plain viewer/);
    await agree(tour);
    await page.frameLocator("iframe").getByText("two floors, one cat").waitFor();
    await inDialog(page);
    await tabInto(page, stage);
    await page.keyboard.press("Tab");
    expect(await eventually(() => focused(page), (now) => now.startsWith("Close"))).toBe("Close Plain viewer");
    await press(page, /^Open with/);
    await pickItem(page, /^Plan viewer/);
    await agree(tour);
    await page.frameLocator('iframe[title="Plan viewer"]').getByText("two floors, one cat").waitFor();
    await tabTo(page, /^Close$/);
    await page.keyboard.press("Escape");
    await isClosed(tour);
    await tour.end();
  });
});
