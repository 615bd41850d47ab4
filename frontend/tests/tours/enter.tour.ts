import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person, type Server, startServer } from "../server";
import { launch, SIZES, visit } from "../tour";

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

describe.each(SIZES)("getting in, at a $name", (size) => {
  let server: Server;
  beforeAll(async () => void (server = await startServer()));
  afterAll(() => server.stop());

  it("welcomes the first visitor, who becomes the administrator", async () => {
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    await tour.open("/");
    await page.getByRole("heading", { name: "Welcome" }).waitFor();
    await tour.shot("welcome");
    expect(await tour.findings()).toEqual([]);
    await page.getByLabel("Email").fill("first@example.com");
    await page.getByLabel("Password", { exact: false }).first().fill("correct horse");
    await page.getByLabel("Password once more").fill("correct horse");
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByText("This folder is empty").waitFor();
    await tour.shot("empty-drive");
    await tour.end();
  });

  it("signs in, says what was wrong, and returns to where the visitor wanted to be", async () => {
    await Person.register(server.base, "anna");
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    await tour.open("/settings?tab=storage");
    await page.getByLabel("Email").fill("anna@example.com");
    // What is too short to be a password is a wrong one, too.
    for (const wrong of ["abc", "wrong password"]) {
      await page.getByLabel("Password", { exact: false }).first().fill(wrong);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("alert").getByText("The address or the password is wrong.").waitFor();
    }
    await tour.shot("wrong-password");
    await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Keep earlier versions of changed files").waitFor();
    expect(new URL(page.url()).searchParams.get("tab")).toBe("storage");
    await tour.end();
  });

  it("promises no mail to whoever forgot a password: this site sends none", async () => {
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    const main = page.getByRole("main");
    await tour.open("/session/reset");
    await main.getByText("A link to set a new one comes by mail, if this site can send mail.").waitFor();
    await page.getByLabel("Email").fill("nobody@example.com");
    await page.getByRole("button", { name: "Send mail" }).click();
    await main.getByText("If nothing comes, ask whoever runs this site.").waitFor();
    expect(await main.textContent()).not.toMatch(/We (have sent|will)/);
    await tour.shot("reset-without-mail");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it("keeps two accounts side by side and signs one out", async () => {
    const bert = await Person.register(server.base, `bert-${size.name}`);
    const cleo = await Person.register(server.base, `cleo-${size.name}`);
    await bert.put("bert.txt", "b");
    await cleo.put("cleo.txt", "c");
    const tour = await visit(browser, server.base, { size, person: bert });
    const { page } = tour;
    await tour.open();
    await tour.entry("bert.txt").waitFor();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Use another account" }).click();
    await page.getByRole("button", { name: "Use another account" }).click();
    await page.getByLabel("Email").fill(cleo.email);
    await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await tour.entry("cleo.txt").waitFor();
    expect(await tour.entry("bert.txt").count()).toBe(0);
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: `bert-${size.name}` }).click();
    await tour.entry("bert.txt").waitFor();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await tour.entry("cleo.txt").waitFor();
    await tour.end();
  });

  it("asks for the password again when the session ended, and goes on in the same place", async () => {
    const dora = await Person.register(server.base, `dora-${size.name}`);
    await dora.folder("Deep");
    await dora.put("Deep/inside.txt", "x");
    const tour = await visit(browser, server.base, { size, person: dora });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://my/Deep")}`);
    await tour.entry("inside.txt").waitFor();
    // Ended from another device, in the middle of something.
    const elsewhere = await Person.signIn(server.base, dora.email);
    await elsewhere.call("DELETE", "/user/setting/sessions?keep_current=true");
    await elsewhere.put("Deep/later.txt", "y");
    await page.reload();
    // The drive may be there for a moment still, with a button in its header that is called after her, too.
    await page.getByRole("heading", { name: "Choose an account" }).waitFor();
    await page.getByRole("button", { name: new RegExp(`dora-${size.name}`) }).click();
    await page.getByLabel("Password", { exact: false }).first().fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await tour.entry("later.txt").waitFor();
    await tour.end();
  });

  it("speaks Chinese to those who do", async () => {
    const tour = await visit(browser, server.base, { size, locale: "zh-CN", dark: true });
    await tour.open("/session");
    await tour.page.getByRole("button", { name: "登录", exact: true }).waitFor();
    expect(await tour.page.locator("html").getAttribute("lang")).toBe("zh-CN");
    expect(await tour.findings()).toEqual([]);
    await tour.shot("sign-in-chinese");
    await tour.end();
  });
});
