import { beforeEach, describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { png } from "../samples";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

let administrator: Person;
const on = stage(async (made) => (administrator = await made.register("administrator")));

let number = 0;

describe.each(SIZES)("settings, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await on.register(`settled${number}`);
    tour = await on.visit({ size, person });
  });

  it("have no serious barrier, in light and dark", async () => {
    for (const tab of ["profile", "security", "appearance", "storage"]) {
      await tour.open(`/settings?tab=${tab}`);
      await tour.page.getByRole("tabpanel").getByRole("heading").first().waitFor();
      await tour.theme("light");
      expect(await tour.findings(), tab).toEqual([]);
      await tour.shot(`settings-${tab}`);
      await tour.theme("dark");
      expect(await tour.findings(), tab).toEqual([]);
    }
    await tour.end();
  });

  it("change the name others see", async () => {
    const { page } = tour;
    await tour.open("/settings");
    await page.getByLabel("Name others see").fill("Somebody New");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(((await person.call("GET", "/user/me")) as { nickname: string }).nickname).toBe("Somebody New");
    await page.getByRole("button", { name: "Account of Somebody New" }).waitFor();
    await tour.end();
  });

  it("change the password only with the current one", async () => {
    const { page } = tour;
    await tour.open("/settings?tab=security");
    await page.getByLabel("Current password").fill("not this one");
    await page.getByLabel("New password").fill("another horse");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("This is not your current password.").waitFor();
    await page.getByLabel("Current password").fill(Person.password);
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("The password has been changed.").waitFor();
    const body = JSON.stringify({ email: person.email, password: "another horse" });
    const answer = await fetch(`${on.server.base}/api/v4/session/token`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
    expect(((await answer.json()) as { code: number }).code).toBe(0);
    await tour.end();
  });

  it("keep fewer versions when told so", async () => {
    const { page } = tour;
    await tour.open("/settings?tab=storage");
    await page.getByLabel("At most this many per file").fill("3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await person.call("GET", "/user/setting")) as object).toMatchObject({ version_retention_enabled: true, version_retention_max: 3 });
    await tour.end();
  });

  it("change language, theme and accent at once", async () => {
    const { page } = tour;
    await tour.open("/settings?tab=appearance");
    await page.locator("label", { hasText: "Dark" }).click();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await page.getByRole("button", { name: "#0d8577" }).click();
    await page.getByRole("button", { name: "#0d8577", pressed: true }).waitFor();
    await page.getByRole("textbox", { name: "Language" }).or(page.getByRole("combobox", { name: "Language" })).first().click();
    await page.getByRole("option", { name: "简体中文" }).click();
    await page.getByRole("heading", { name: "设置" }).waitFor();
    await tour.shot("settings-chinese");
    // The page speaks the new language before the server has answered.
    const me = () => person.call("GET", "/user/me") as Promise<{ preferred_theme?: string; language?: string }>;
    expect(await eventually(me, (known) => known.language === "zh-CN")).toMatchObject({ preferred_theme: "#0d8577", language: "zh-CN" });
    await tour.end();
  });

  it("cut a picture of oneself, and show it", async () => {
    const { page } = tour;
    await tour.open("/settings");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Change picture" }).click()]);
    await chooser.setFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from(png(600, 400, [20, 160, 90])) });
    const cut = page.getByRole("dialog").getByRole("application");
    await cut.focus();
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("slider", { name: "Zoom in" }).press("ArrowRight");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).and(page.locator(":enabled")).waitFor();
    await tour.shot("avatar");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await person.call("GET", "/user/me")) as object).toMatchObject({ avatar: "file" });
    const picture = await fetch(`${on.server.base}/api/v4/user/avatar/${person.signedIn.user.id}`);
    expect(picture.headers.get("content-type")).toBe("image/png");
    await page.locator("main img").first().waitFor();
    await tour.shot("avatar-shown");
    await tour.end();
  });

  it("say how much space is used, and what for", async () => {
    const { page } = tour;
    await person.put("big.bin", new Uint8Array(3 * 1024 * 1024));
    await tour.open("/settings?tab=storage");
    await page.getByRole("tabpanel").getByText("3 MB of 1 GB used").waitFor();
    await tour.end();
  });

  it("bring a language that was chosen elsewhere along, and take nothing from who is writing", async () => {
    const { page } = tour;
    const language = (tag: string) => page.locator(`html[lang="${tag}"]`).waitFor({ state: "attached" });
    await person.put("note.txt", "words");
    await tour.open();
    await tour.entry("note.txt").waitFor();
    await language("en");
    await person.call("PATCH", "/user/setting", { language: "zh-CN" });
    let answer = () => {};
    const written = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/site/config/basic", async (route) => {
      await written;
      await route.continue();
    });
    await tour.open(`/home?${new URLSearchParams({ open: uriOf("note.txt") })}`);
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("more ");
    answer();
    await language("zh-CN");
    expect(await page.locator(".cm-content").innerText()).toBe("more words");
    await page.getByRole("button", { name: "保存" }).click();
    await eventually(() => person.read("note.txt"), (text) => text === "more words");
    // What is chosen here afterwards stays.
    await tour.open("/settings?tab=appearance");
    await language("zh-CN");
    await page.getByRole("textbox", { name: "语言" }).or(page.getByRole("combobox", { name: "语言" })).first().click();
    const stored = page.waitForResponse((reply) => reply.request().method() === "PATCH" && reply.url().endsWith("/user/setting"));
    await page.getByRole("option", { name: "English" }).click();
    await language("en");
    await stored;
    const basics = page.waitForResponse("**/site/config/basic");
    await page.reload();
    await basics;
    await page.getByRole("heading", { name: "Language" }).waitFor();
    await language("en");
    await tour.end();
  });

  it("name the share that a device opens, and the folder in it", async () => {
    await tour.end();
    await person.folder("Trip/Summer");
    const link = (await person.call("PUT", "/share", { uri: uriOf("Trip") })) as string;
    const id = new URL(link).pathname.split("/")[2] ?? "";
    const name = `Frame ${size.name}`;
    await administrator.call("PUT", "/devices/dav", { uri: `cloudreve://${id}@share/Summer`, name });
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/connect");
    const card = page.locator("[data-device]").filter({ hasText: name });
    await card.getByText("Trip / Summer", { exact: true }).waitFor();
    await tour.shot("device-share");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: `Change ${name}` }).click();
    expect(await page.getByLabel("Folder it sees").inputValue()).toBe("Trip / Summer");
    // What nobody can name any more is not one's own, either.
    await person.call("DELETE", `/share/${id}`);
    await page.reload();
    await card.getByText("Shared folder / Summer", { exact: true }).waitFor();
    const [device] = ((await administrator.call("GET", "/devices/dav?page_size=50")) as { accounts: { id: string; name: string }[] }).accounts.filter((each) => each.name === name);
    await administrator.call("DELETE", `/devices/dav/${device?.id}`);
    await tour.end();
  });

  it("say that WebDAV is not for this group, where the page is opened all the same", async () => {
    const { page } = tour;
    await tour.open("/connect");
    await page.getByText("Your group does not include WebDAV.").waitFor();
    expect(await page.getByRole("button", { name: "Add a device" }).count()).toBe(0);
    expect(await page.getByText("No device is connected yet.").count()).toBe(0);
    await tour.shot("devices-not-for-group");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it("give a device an address, and a password of its own that opens the drive", async () => {
    await tour.end();
    // The administrators' group may use WebDAV from the start.
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    const name = `Laptop ${size.name}`;
    await administrator.folder(`For ${name}`);
    await administrator.put(`For ${name}/hello.txt`, "hello");
    await tour.open("/connect");
    await page.getByRole("heading", { name: "Connect devices" }).waitFor();
    await tour.shot("devices-none");
    await page.getByRole("button", { name: "Add a device" }).click();
    await page.getByLabel("Name", { exact: false }).fill(name);
    await page.getByRole("dialog").getByRole("button", { name: "Choose" }).click();
    const picker = page.getByRole("dialog", { name: "Folder it sees" });
    await picker.getByRole("treeitem", { name: `For ${name}` }).click();
    await picker.getByRole("button", { name: "Choose" }).click();
    await picker.waitFor({ state: "detached" });
    await tour.shot("device-dialog");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(`My files / For ${name}`).waitFor();
    const card = page.locator("[data-device]").filter({ hasText: name });
    await card.getByRole("button", { name: "Copy: Password" }).click();
    const secret = await page.evaluate(() => navigator.clipboard.readText());
    expect(secret).toMatch(/^[a-z0-9]{32}$/);
    await card.getByRole("button", { name: "Show" }).click();
    await card.getByText(secret).waitFor();
    const dav = (method: string) =>
      fetch(`${on.server.base}/dav/hello.txt`, { method, headers: { Authorization: `Basic ${Buffer.from(`${administrator.email}:${secret}`).toString("base64")}` } });
    expect(await (await dav("GET")).text()).toBe("hello");
    for (const [system, command] of [["Windows", "net use Z:"], ["macOS", "/dav"], ["Linux", "dav://"], ["rclone", "rclone config create"], ["Phone or tablet", "/dav"]] as const) {
      await page.getByRole("button", { name: system, exact: true }).click();
      await page.getByRole("region", { name: system }).getByText(command).first().waitFor();
    }
    await tour.shot("devices");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: `Change ${name}` }).click();
    await page.getByRole("switch", { name: "Read only" }).check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await card.getByText("Read only").waitFor();
    expect((await dav("DELETE")).status).toBe(403);
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove device" }).click();
    await card.waitFor({ state: "detached" });
    expect((await dav("GET")).status).toBe(401);
    await tour.end();
  });
});
