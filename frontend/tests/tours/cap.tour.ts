/** Puzzles of a Cap instance instead of pictures. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CapInstance } from "../cap";
import { Person, startServer } from "../server";
import { launch, SIZES, visit } from "../tour";

let browser: Browser;
let cap: CapInstance;
beforeAll(async () => {
  browser = await launch();
  cap = await CapInstance.open();
});
afterAll(async () => {
  await browser.close();
  cap.close();
});

const password = (page: Page, label: string) => page.getByRole("textbox", { name: label, exact: true });
const ask = (page: Page) => page.getByRole("button", { name: "Verify that you are human" });
const done = (page: Page) => page.getByRole("button", { name: "You are human", exact: true });

async function solve(page: Page) {
  await ask(page).click();
  await done(page).waitFor();
}

describe.each(SIZES)("puzzles of Cap, at a $name", (size) => {
  it("open the doors, once each", async () => {
    const server = await startServer({ ...cap.settings, reg_captcha: "1", login_captcha: "1" });
    onTestFinished(() => server.stop());
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    const vouched = cap.vouched;
    const sent: string[] = [];
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().startsWith(`${server.base}/api/`)) sent.push(request.url());
      if (!/^(data|blob):/.test(request.url()) && ![server.base, cap.base].includes(new URL(request.url()).origin)) elsewhere.push(request.url());
      if (request.url().startsWith(cap.base) && request.resourceType() !== "fetch") elsewhere.push(request.url());
    });
    const slow: string[] = [];
    page.on("console", (message) => /wasm|WebAssembly/i.test(message.text()) && slow.push(message.text()));

    await tour.open("/session/signup");
    await page.getByLabel("Email").fill("human@example.com");
    await password(page, "Password").fill(Person.password);
    await password(page, "Password once more").fill(Person.password);
    await ask(page).waitFor();
    await tour.look("cap");
    // Without an answer nothing is sent.
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.locator("cap-widget:focus").waitFor();
    await tour.shot("cap-missing");
    expect(sent).toEqual([]);
    await solve(page);
    await tour.look("cap-done");
    await page.getByRole("button", { name: "Create administrator" }).click();

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await password(page, "Password").fill("wrong horse");
    await solve(page);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    // What was answered is used up.
    await password(page, "Password").fill(Person.password);
    await solve(page);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();

    expect(cap.vouched - vouched).toBe(3);
    expect({ elsewhere, slow }).toEqual({ elsewhere: [], slow: [] });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
