/** Coming in through another site, without a mouse: only keys are pressed here. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { pickItem, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { Provider } from "../../provider";
import { Person } from "../../server";
import { stageBeside } from "../../stage";
import { SIZES } from "../../tour";

const on = stageBeside(Provider.open, (provider) => provider.settings, (made) => made.register("administrator"));

/** From the form to the other site, which asks. */
async function leave(page: Page) {
  await page.getByRole("button", { name: "Sign in with Elsewhere" }).waitFor();
  await press(page, /^Sign in with Elsewhere/);
  await page.getByRole("link", { name: "Continue" }).waitFor();
}

describe.each(SIZES)("keys alone, through another site, at a $name", (size) => {
  it("are refused, come in, and go on where they wanted to be", async () => {
    on.beside.person = { sub: `new-${size.name}`, email: `new-${size.name}@elsewhere.example`, name: `New ${size.name}` };
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open("/settings?tab=storage");
    await leave(page);
    await press(page, /^Refuse$/);
    await page.getByRole("alert").getByText("You did not allow the sign-in there.").waitFor();
    await press(page, /^Back to sign in/);
    await page.getByRole("button", { name: "Sign in with Elsewhere" }).waitFor();
    await tour.open("/settings?tab=storage");
    await page.getByRole("button", { name: "Sign in with Elsewhere" }).waitFor();
    await tabTo(page, /^Sign in with Elsewhere/);
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("Space");
    await page.getByRole("link", { name: "Continue" }).waitFor();
    await press(page, /^Continue$/);
    await page.getByText("Keep earlier versions of changed files").waitFor();
    await tabTo(page, new RegExp(`Account of New ${size.name}`));
    await tour.end();
  });

  it("link it in the settings, sign in by it, and unlink it", async () => {
    on.beside.person = { sub: `linked-${size.name}`, email: `other-${size.name}@elsewhere.example`, name: "Other" };
    const person = await on.register(`linking-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const link = page.getByRole("button", { name: "Link Elsewhere", exact: true });
    const unlink = page.getByRole("button", { name: "Unlink Elsewhere" });
    await tour.open("/settings?tab=security");
    await link.waitFor();
    await tabInto(page, link);
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Continue" }).waitFor();
    await press(page, /^Continue$/);
    await unlink.waitFor();
    await press(page, /Account of/);
    await pickItem(page, /^Sign out/);
    await leave(page);
    await press(page, /^Continue$/);
    await page.getByRole("button", { name: `Account of linking-${size.name}` }).waitFor();
    await tour.open("/settings?tab=security");
    await unlink.waitFor();
    await tabInto(page, unlink);
    await page.keyboard.press("Enter");
    await link.waitFor();
    const again = await Person.signIn(on.server.base, person.email);
    expect(((await again.call("GET", "/user/setting")) as { open_id?: unknown[] }).open_id ?? []).toEqual([]);
    await tour.end();
  });
});
