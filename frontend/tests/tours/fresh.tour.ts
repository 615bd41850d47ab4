/** What others change, a server that cannot be reached, and one that fails. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit } from "../tour";

const on = stage();
let number = 0;

describe.each(SIZES)("staying fresh, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`fresh${number}`);
    await person.folder("Work");
    await person.put("a.txt", "a");
    await person.put("b.txt", "b");
    tour = await on.visit({ size, person });
  });

  it("shows what others add, rename and delete without a reload", async () => {
    const listening = tour.page.waitForResponse(/file\/events/);
    await tour.open();
    await tour.entry("a.txt").waitFor();
    await listening;
    await person.put("from-elsewhere.txt", "new");
    await tour.entry("from-elsewhere.txt").waitFor();
    await person.call("POST", "/file/rename", { uri: uriOf("a.txt"), new_name: "another name.txt" });
    await tour.entry("another name.txt").waitFor();
    await tour.entry("a.txt").waitFor({ state: "detached" });
    await person.call("DELETE", "/file", { uris: [uriOf("b.txt")] });
    await tour.entry("b.txt").waitFor({ state: "detached" });
    await person.call("POST", "/file/move", { uris: [uriOf("from-elsewhere.txt")], dst: uriOf("Work"), copy: false });
    await tour.entry("from-elsewhere.txt").waitFor({ state: "detached" });
    await tour.end();
  });

  it("says plainly when there is no way to the server, and goes on when there is", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    await tour.context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await tour.shot("offline");
    await tour.context.setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    await page.route("**/api/v4/file?*", (route) => route.abort());
    await page.reload();
    await page.getByText("The server cannot be reached", { exact: true }).waitFor();
    await tour.shot("unreachable");
    expect(await tour.findings()).toEqual([]);
    await page.unroute("**/api/v4/file?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await tour.entry("a.txt").waitFor();
    await tour.end();
  });

  it("says what the server says when something fails there, and keeps what was there", async () => {
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    await page.route("**/api/v4/file/rename", (route) => route.fulfill({ json: { code: 50001, msg: "the database is away" } }));
    await tour.choose("a.txt", "Rename");
    await page.getByRole("dialog").getByLabel("Name").fill("other.txt");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("The database did not answer.").waitFor();
    await tour.shot("server-error");
    await page.unroute("**/api/v4/file/rename");
    await page.keyboard.press("Enter");
    await tour.entry("other.txt").waitFor();
    expect(await person.names("")).toContain("other.txt");
    await tour.end();
  });
});
