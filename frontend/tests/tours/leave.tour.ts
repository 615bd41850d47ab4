/** Signing out, or going to another account, in one tab holds in all of them at once. */
import { describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, Visit } from "../tour";

const on = stage((made) => made.register("administrator"));

async function secondTab(tour: Visit, path = "/home"): Promise<Visit> {
  const other = new Visit(tour.context, await tour.context.newPage(), tour.size);
  await other.open(path);
  return other;
}

async function signOut({ page }: Visit) {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

describe.each(SIZES)("two tabs, at a $name", (size) => {
  it("are both locked when one signs out, whatever was open", async () => {
    const person = await on.register(`erik-${size.name}`);
    await person.folder("Private");
    await person.put("Private/diary.txt", "dear diary");
    await person.put("list.txt", "x");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const folder = `/home?path=${encodeURIComponent(uriOf("Private"))}`;
    await tour.open(folder);
    await tour.entry("diary.txt").waitFor();
    const viewing = await secondTab(tour, `${folder}&open=${encodeURIComponent(uriOf("Private/diary.txt"))}`);
    await viewing.page.getByText("dear diary").waitFor();
    // A text that is not saved holds nothing up.
    await viewing.page.locator(".cm-content").click();
    await viewing.page.keyboard.type("more of it");
    const asking = await secondTab(tour);
    await asking.entry("list.txt").waitFor();
    await asking.choose("list.txt", "Rename");
    await asking.page.getByRole("dialog").waitFor();
    const leaving = await secondTab(tour);
    await leaving.entry("list.txt").waitFor();
    await signOut(leaving);
    for (const tab of [tour, viewing, asking, leaving]) {
      await tab.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
      expect(await tab.page.locator("[data-entry], [data-viewer], [role=dialog]").count()).toBe(0);
      expect(await tab.page.getByText(/diary|list\.txt/).count()).toBe(0);
      expect(new URL(tab.page.url()).pathname).toBe("/session");
    }
    await tour.shot("left-in-another-tab");
    // Whoever signs in again goes on where they were.
    await page.getByLabel("Email").fill(person.email);
    await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await tour.entry("diary.txt").waitFor();
    expect(viewing.crashes.concat(asking.crashes, leaving.crashes)).toEqual([]);
    await tour.end();
  });

  it("show the account that is left, and never one's files to the other", async () => {
    const fay = await on.register(`fay-${size.name}`);
    const gus = await on.register(`gus-${size.name}`);
    await fay.put("of fay.txt", "f");
    await gus.put("of gus.txt", "g");
    const tour = await on.visit({ size, person: fay });
    const both = { current: fay.signedIn.user.id, accounts: { [fay.signedIn.user.id]: fay.signedIn, [gus.signedIn.user.id]: gus.signedIn } };
    await tour.open();
    await tour.page.evaluate((value) => localStorage.setItem("alcove.accounts", value), JSON.stringify(both));
    await tour.page.reload();
    await tour.entry("of fay.txt").waitFor();
    const other = await secondTab(tour);
    await other.entry("of fay.txt").waitFor();
    await other.page.getByRole("button", { name: /^Account of/ }).click();
    await other.page.getByRole("menuitem", { name: `gus-${size.name}` }).click();
    for (const tab of [tour, other]) {
      await tab.entry("of gus.txt").waitFor();
      expect(await tab.page.getByText("of fay.txt").count()).toBe(0);
    }
    await signOut(other);
    for (const tab of [tour, other]) {
      await tab.entry("of fay.txt").waitFor();
      expect(await tab.page.getByText("of gus.txt").count()).toBe(0);
    }
    await tour.end();
  });
});
