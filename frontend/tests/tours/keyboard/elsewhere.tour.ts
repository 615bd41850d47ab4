/** Coming in through another site, without a mouse: only keys are pressed here. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pickItem, press, ringIsVisible, tabInto, tabTo } from "../../keys";
import { Provider } from "../../provider";
import { Person, type Server, startServer } from "../../server";
import { launch, SIZES, visit } from "../../tour";

let browser: Browser;
let provider: Provider;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  provider = await Provider.open();
  server = await startServer(provider.settings);
  await Person.register(server.base, "administrator");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  provider?.close();
});

/** From the form to the other site, which asks. */
async function leave(page: Page) {
  await page.getByRole("button", { name: "Sign in with Elsewhere" }).waitFor();
  await press(page, /^Sign in with Elsewhere/);
  await page.getByRole("link", { name: "Continue" }).waitFor();
}

describe.each(SIZES)("keys alone, through another site, at a $name", (size) => {
  it("are refused, come in, and go on where they wanted to be", async () => {
    provider.person = { sub: `new-${size.name}`, email: `new-${size.name}@elsewhere.example`, name: `New ${size.name}` };
    const tour = await visit(browser, server.base, { size });
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
    provider.person = { sub: `linked-${size.name}`, email: `other-${size.name}@elsewhere.example`, name: "Other" };
    const person = await Person.register(server.base, `linking-${size.name}`);
    const tour = await visit(browser, server.base, { size, person });
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
    const again = await Person.signIn(server.base, person.email);
    expect(((await again.call("GET", "/user/setting")) as { open_id?: unknown[] }).open_id ?? []).toEqual([]);
    await tour.end();
  });
});
