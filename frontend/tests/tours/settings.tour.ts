import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { offers, Person, type Server, startServer } from "../server";
import { launch, SIZES, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

let number = 0;

describe.each(SIZES)("settings, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  beforeEach(async () => {
    number += 1;
    person = await Person.register(server.base, `settled${number}`);
    tour = await visit(browser, server.base, { size, person });
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
    const answer = await fetch(`${server.base}/api/v4/session/token`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
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
    expect((await person.call("GET", "/user/me")) as object).toMatchObject({ preferred_theme: "#0d8577", language: "zh-CN" });
    await tour.end();
  });

  it("show devices and shares, or say that the server has none", async () => {
    const { page } = tour;
    await tour.open("/connect");
    await page.getByRole("heading", { name: "Connect devices" }).waitFor();
    expect(await tour.findings()).toEqual([]);
    await tour.shot("devices");
    if (await offers(server.base, "/devices/dav?page_size=50")) {
      const may = await person.call("GET", "/user/me");
      expect(may).toBeTruthy();
    } else await page.getByText("This server does not offer WebDAV.").waitFor();
    await tour.open("/shares");
    await page.getByRole("heading", { name: "My shares" }).waitFor();
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });
});
