/** What is done in one tab shows in the other at once, however long changes are collected. */
import { describe, it } from "vitest";
import { stage } from "../stage";
import { SIZES, Visit } from "../tour";

// Longer than any tour waits: what were collected from the first change on would never show.
const on = stage((made) => made.register("administrator"), { settings: { fs_event_push_debounce: "600" } });

describe.each(SIZES)("a change in another tab, at a $name", (size) => {
  it("shows without waiting for more", async () => {
    const person = await on.register(`hugo-${size.name}`);
    await person.put("first.txt", "1");
    const tour = await on.visit({ size, person });
    const stream = tour.page.waitForResponse((response) => response.url().includes("/file/events"));
    await tour.open();
    await tour.entry("first.txt").waitFor();
    await stream;
    const other = new Visit(tour.context, await tour.context.newPage(), size);
    await other.open();
    await other.entry("first.txt").waitFor();
    await other.choose("first.txt", "Rename");
    await other.page.getByRole("textbox", { name: "Name" }).fill("renamed.txt");
    await other.page.keyboard.press("Enter");
    await tour.entry("renamed.txt").waitFor();
    await tour.entry("first.txt").waitFor({ state: "detached" });
    await tour.end();
  });
});
