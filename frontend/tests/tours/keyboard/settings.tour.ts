/** Every setting, without a mouse: only keys are pressed here. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { focused, inDialog, pickFolder, pickOption, press, ringIsVisible, tabTo } from "../../keys";
import { Computer } from "../../local";
import { png } from "../../samples";
import { Person, uriOf } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES, type Visit } from "../../tour";
import { Authenticator } from "../../totp";

const on = stage((made) => made.register("administrator"), { host: "localhost" });
const computer = new Computer();
let number = 0;

describe.each(SIZES)("keys alone settle things, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  let page: Page;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`settler${number}`);
    tour = await on.visit({ size, person });
    page = tour.page;
  });

  const section = async (tab: string) => {
    await tour.open(`/settings?tab=${tab}`);
    await page.getByRole("tabpanel").getByRole("heading").first().waitFor();
  };
  const stored = () => person.call("GET", "/user/setting") as Promise<Record<string, unknown>>;
  const isBackAt = async (name: RegExp) => expect(await eventually(() => focused(page), (now) => name.test(now))).toMatch(name);

  it("profile: picture, and what others see of the shares", async () => {
    await section("profile");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page, /^Change picture/)]);
    const file = computer.file("me.png", "");
    (await import("node:fs")).writeFileSync(file, png(600, 400, [20, 160, 90]));
    await chooser.setFiles(file);
    await inDialog(page);
    await tabTo(page, /^Your picture/);
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("ArrowLeft");
    await tabTo(page, /^Zoom in/);
    await page.keyboard.press("ArrowRight");
    await press(page, /^Save$/);
    await page.getByText("Saved", { exact: true }).waitFor();
    await isBackAt(/^Change picture/);
    await tabTo(page, /^Shares on my public profile/);
    await page.keyboard.press("ArrowDown");
    await pickOption(page, "No shares");
    expect(await eventually(stored, (now) => now.share_links_in_profile === "hide_share")).toMatchObject({ share_links_in_profile: "hide_share" });
    await press(page, /^Use Gravatar/);
    await eventually(async () => (await person.call("GET", "/user/me")) as { avatar?: string }, (me) => me.avatar === "gravatar");
    await tour.end();
  });

  it("security: password, passkey, second factor, sessions", async () => {
    await tour.plugInKey();
    await section("security");
    await press(page, /^Add a passkey/);
    await page.getByText("The passkey has been added.").waitFor();
    await press(page, /^Remove .*Chrom/);
    await inDialog(page);
    await press(page, /^Remove$/);
    await page.getByRole("button", { name: /^Remove .*Chrom/ }).waitFor({ state: "detached" });

    await press(page, /^Turn on/);
    const dialog = await inDialog(page);
    await dialog.getByAltText("QR code").waitFor();
    const phone = new Authenticator((await dialog.locator("[data-secret]").textContent()) ?? "");
    await tabTo(page, /^Digit 1/);
    await page.keyboard.type(await phone.code());
    await tabTo(page, /^The next six digits/);
    await page.keyboard.type(await phone.code());
    await press(page, /^Get recovery codes/);
    await dialog.getByRole("list", { name: "Recovery codes" }).waitFor();
    const codes = await dialog.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allTextContents();
    await press(page, /^Done/);
    await page.getByText("10 recovery codes left").waitFor();
    await press(page, /^Turn off/);
    await inDialog(page);
    await tabTo(page, /^Six digits, or a recovery code/);
    await page.keyboard.type(codes[0] ?? "");
    await press(page, /^Turn off/);
    await page.getByRole("button", { name: "Turn on" }).waitFor();

    const elsewhere = await Person.signIn(on.server.base, person.email);
    await section("security");
    await press(page, /^Sign out everywhere else/);
    await inDialog(page);
    await press(page, /^Sign out everywhere else/);
    await page.getByText("Signed out everywhere else").first().waitFor();
    await expect(elsewhere.call("GET", "/user/me")).rejects.toThrow(/401|40020/);

    await tabTo(page, /^Current password/);
    await page.keyboard.type(Person.password);
    await tabTo(page, /^New password/);
    await page.keyboard.type("another horse");
    await page.keyboard.press("Enter");
    await page.getByText("The password has been changed.").waitFor();
    await tour.end();
  });

  it("appearance and storage: theme, accent, language, views, versions", async () => {
    await section("appearance");
    await tabTo(page, /^As the system/);
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("ArrowLeft");
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await press(page, /^#0d8577/);
    expect(await ringIsVisible(page)).toBe(true);
    await page.getByRole("button", { name: "#0d8577", pressed: true }).waitFor();
    await press(page, /^Remember the view/, "Space");
    await eventually(stored, (now) => now.disable_view_sync === true);
    await tabTo(page, /^Language/, "Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await pickOption(page, "简体中文");
    await page.getByRole("heading", { name: "设置" }).waitFor();
    await tour.shot("keys-appearance");
    await tabTo(page, /^语言/);
    await page.keyboard.press("ArrowDown");
    const saved = page.waitForResponse((response) => response.request().method() !== "GET" && response.url().endsWith("/user/setting"));
    await pickOption(page, "English");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    // What opens anew has the language that was saved.
    await saved;
    await section("storage");
    await tabTo(page, /^At most this many/);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("3");
    await tabTo(page, /^Only for these types/);
    await page.keyboard.type("docx");
    await page.keyboard.press("Enter");
    await press(page, /^Save$/);
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(await stored()).toMatchObject({ version_retention_max: 3, version_retention_ext: ["docx"] });
    await tour.end();
  });

  it("devices: adding one, seeing its password, how to mount, taking it away", async () => {
    await tour.end();
    // The administrators' group may use WebDAV from the start.
    person = await Person.signIn(on.server.base, "administrator@example.com");
    tour = await on.visit({ size, person });
    page = tour.page;
    await person.folder(`Reach ${size.name}`);
    await tour.open("/connect");
    await press(page, /^Add a device/);
    const dialog = await inDialog(page);
    await tabTo(page, /^Name/);
    await page.keyboard.type(`Desk ${size.name}`);
    await press(page, /^Choose/);
    await page.getByRole("dialog", { name: "Folder it sees" }).waitFor();
    await pickFolder(page, `Reach ${size.name}`);
    await press(page, /^Choose/);
    await page.getByRole("dialog", { name: "Folder it sees" }).waitFor({ state: "detached" });
    await inDialog(page);
    await press(page, /^Read only/, "Space");
    await press(page, /^Save$/);
    await dialog.waitFor({ state: "detached" });
    await isBackAt(/^Add a device/);
    await press(page, /^Copy: Password/);
    const secret = await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => /^[a-z0-9]{32}$/.test(text));
    await press(page, /^Show/);
    await page.getByText(secret).waitFor();
    await press(page, /^macOS/);
    await page.getByRole("region", { name: "macOS" }).waitFor();
    await press(page, new RegExp(`^Change Desk ${size.name}`), "Space");
    await inDialog(page);
    await page.keyboard.press("Escape");
    await isBackAt(/^Change Desk/);
    await press(page, new RegExp(`^Remove Desk ${size.name}`));
    await inDialog(page);
    await press(page, /^Remove device/);
    await page.getByText(`Desk ${size.name}`).waitFor({ state: "detached" });
    expect((await fetch(`${on.server.base}/dav/`, { headers: { Authorization: `Basic ${Buffer.from(`${person.email}:${secret}`).toString("base64")}` } })).status).toBe(401);
    await person.call("DELETE", "/file", { uris: [uriOf(`Reach ${size.name}`)] });
    await tour.end();
  });
});
