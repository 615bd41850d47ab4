/** Passkeys, the second factor and recovery codes, from the settings to the next sign-in. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person } from "../server";
import { stage } from "../stage";
import { SIZES } from "../tour";
import { Authenticator } from "../totp";

// Passkeys belong to a name, not to an address of numbers.
const on = stage((made) => made.register("administrator"), { host: "localhost" });

async function signOut(page: Page) {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function withPassword(page: Page, email: string) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe.each(SIZES)("proofs, at a $name", (size) => {
  it("a passkey is added, signs in alone, and is removed", async () => {
    const person = await on.register(`keyed-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.plugInKey();
    await tour.open("/settings?tab=security");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByText("The passkey has been added.").waitFor();
    const remove = page.getByRole("button", { name: /^Remove .*Chrom/ });
    await remove.waitFor();
    await tour.shot("security-passkey");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByText("This device has a passkey for your account already.").waitFor();
    await signOut(page);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("This folder is empty").waitFor();
    await tour.open("/settings?tab=security");
    await remove.click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await remove.waitFor({ state: "detached" });
    expect(await (await Person.signIn(on.server.base, person.email)).call("GET", "/user/setting")).not.toHaveProperty("passkeys");
    await tour.end();
  });

  it("six digits are asked for after they were switched on, and a recovery code stands in for them", async () => {
    const person = await on.register(`careful-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open("/settings?tab=security");
    await page.getByRole("button", { name: "Turn on" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByAltText("QR code").waitFor();
    const phone = new Authenticator((await dialog.locator("[data-secret]").textContent()) ?? "");
    expect(await tour.findings()).toEqual([]);
    await tour.shot("two-factor-on");
    const digits = dialog.getByRole("textbox", { name: /^Digit/ });
    const type = async (code: string) => {
      await page.getByRole("textbox", { name: /^Digit/ }).first().click();
      await page.keyboard.type(code);
    };
    expect(await digits.count()).toBe(6);
    await type("000000");
    await dialog.getByText("The code is wrong.").waitFor();
    await type(await phone.code());
    await dialog.getByLabel("The next six digits").fill(await phone.code());
    await tour.shot("recovery-proof");
    await dialog.getByRole("button", { name: "Get recovery codes" }).click();
    const listed = dialog.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
    await listed.first().waitFor();
    const codes = await listed.allTextContents();
    expect(codes).toHaveLength(10);
    await tour.shot("recovery-codes");
    expect(await tour.findings()).toEqual([]);
    const [saved] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
    expect(saved.suggestedFilename()).toMatch(/Recovery codes\.txt$/);
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByText("10 recovery codes left").waitFor();

    await signOut(page);
    await withPassword(page, person.email);
    await page.getByText("Type the six digits").waitFor();
    await tour.shot("second-factor");
    expect(await tour.findings()).toEqual([]);
    await type("000000");
    await page.getByRole("alert").getByText("The code is wrong.").waitFor();
    await type(await phone.code());
    await page.getByText("This folder is empty").waitFor();

    await signOut(page);
    await withPassword(page, person.email);
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill(codes[0] ?? "");
    await tour.shot("recovery-sign-in");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();

    await tour.open("/settings?tab=security");
    await page.getByText("9 recovery codes left").waitFor();
    await page.getByRole("button", { name: "Turn off" }).click();
    await dialog.getByLabel("Six digits, or a recovery code").fill(codes[1] ?? "");
    await tour.shot("two-factor-off");
    await dialog.getByRole("button", { name: "Turn off" }).click();
    await page.getByRole("button", { name: "Turn on" }).waitFor();
    await tour.end();
  });

  it("sign-ins elsewhere are listed, and ended", async () => {
    const person = await on.register(`roaming-${size.name}`);
    const again = () => Person.signIn(on.server.base, person.email);
    const [, second] = [await again(), await again()];
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open("/settings?tab=security");
    const rows = page.getByRole("button", { name: /^Sign out .+/ });
    await rows.nth(1).waitFor();
    await page.getByText("This one").waitFor();
    await page.getByRole("heading", { name: "Where you are signed in" }).scrollIntoViewIfNeeded();
    await tour.shot("sessions");
    await rows.first().click();
    await page.getByText("Signed out there").waitFor();
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere else" }).click();
    await page.getByText("Signed out everywhere else").first().waitFor();
    await page.getByRole("button", { name: "Sign out everywhere else" }).waitFor({ state: "detached" });
    await expect(second.call("GET", "/user/me")).rejects.toThrow(/401|40020/);
    await person.call("GET", "/user/me");
    await tour.end();
  });
});
