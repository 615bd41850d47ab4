/** Work in the background, without a mouse: only keys are pressed here. */
import { describe, expect, it } from "vitest";
import { act, inDialog, press, ringIsVisible, tabTo, write } from "../../keys";
import { zip } from "../../samples";
import { uriOf, type Person } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES } from "../../tour";

let person: Person;
let number = 0;
const on = stage(async (made) => {
  person = await made.register("administrator");
});

describe.each(SIZES)("keys alone look after tasks, at a $name", (size) => {
  it("packing, unpacking, and reading what was left out", async () => {
    number += 1;
    const folder = `Keys ${number}`;
    await person.put(`${folder}/plan.txt`, "the plan");
    await person.put(`${folder}/odd ${number}.zip`, zip({ "in.txt": "in", "../out.txt": "out" }));
    await person.call("PATCH", "/file/view", { uri: uriOf(folder), view: { page_size: 100, view: "list", thumbnail: true } });
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}`);
    const names = (wanted: string) => eventually(() => person.names(folder), (all) => all.includes(wanted));

    await act(tour, "plan.txt", /^Compress/);
    await inDialog(page);
    await write(page, /^Name/, "packed");
    await page.keyboard.press("Enter");
    expect(await names("packed.zip")).toContain("packed.zip");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await act(tour, `odd ${number}.zip`, /^Extract here/);
    expect(await names("in.txt")).toContain("in.txt");

    await tour.open("/tasks");
    await page.getByText("Partly done").first().waitFor();
    await tabTo(page, new RegExp(`^odd ${number}\\.zip`));
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByText("../out.txt").waitFor();
    await press(page, /^Show in folder/);
    await tour.entry("in.txt").waitFor();
    await tour.end();
  });
});
