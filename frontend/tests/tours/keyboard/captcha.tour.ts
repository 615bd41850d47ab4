/** Proving that one is no robot, without a mouse: only keys are pressed here. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CapInstance } from "../../cap";
import { focused, press, ringIsVisible, tabInto, tabTo, write } from "../../keys";
import { Person, startServer } from "../../server";
import { eventually, launch, SIZES, visit } from "../../tour";

let browser: Browser;
let cap: CapInstance;
beforeAll(async () => {
  browser = await launch();
  cap = await CapInstance.open();
});
afterAll(async () => {
  await browser?.close();
  cap?.close();
});

async function signUp(page: Page) {
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  await write(page, /^Email/, "human@example.com");
  await write(page, /^Password/, Person.password);
  await write(page, /^Password once more/, Person.password);
}

describe.each(SIZES)("keys alone, at a door that asks, at a $name", (size) => {
  it("ask for another picture, and type what is in it until it was right", async () => {
    // One digit is soon guessed: what is toured is the way, not the strength.
    const server = await startServer({ reg_captcha: "1", captcha_mode: "0", captcha_CaptchaLen: "1" });
    onTestFinished(() => server.stop());
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    await tour.open("/session/signup");
    await signUp(page);
    const picture = page.getByAltText("Picture with characters to type");
    await picture.waitFor();
    const first = await picture.getAttribute("src");
    await tabTo(page, /^Another picture/);
    expect(await ringIsVisible(page)).toBe(true);
    await page.keyboard.press("Enter");
    expect(await eventually(() => picture.getAttribute("src"), (src) => src !== first)).not.toBe(first);
    expect(await focused(page)).toBe("Another picture");
    await page.keyboard.press("Tab");
    await guess(page);
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });

  it("solve a puzzle of Cap, and the next one after a wrong password", async () => {
    const server = await startServer({ ...cap.settings, reg_captcha: "1", login_captcha: "1" });
    onTestFinished(() => server.stop());
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    const widget = page.locator("cap-widget");
    const solve = async (key: string) => {
      await page.getByRole("button", { name: "Verify that you are human" }).waitFor();
      await tabInto(page, widget);
      await page.keyboard.press(key);
      await page.getByRole("button", { name: "You are human", exact: true }).waitFor();
      // What was solved keeps the focus, so Tab goes on from there.
      await tabInto(page, widget);
    };
    await tour.open("/session/signup");
    await signUp(page);
    // Whoever sends the form without it is brought to it.
    await page.getByRole("button", { name: "Verify that you are human" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("cap-widget:focus").waitFor();
    await tour.shot("keys-cap");
    await solve("Space");
    await press(page, /^Create administrator/);

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await write(page, /^Password/, "wrong horse");
    await solve("Enter");
    await press(page, /^Sign in$/);
    await page.getByRole("alert").waitFor();
    await write(page, /^Password/, Person.password);
    await solve("Enter");
    await press(page, /^Sign in$/);
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });
});

/** Sends the form until its picture was read right; each answer opens one picture only. */
async function guess(page: Page) {
  for (let digit = 0; digit < 150; digit += 1) {
    await page.getByAltText("Picture with characters to type").waitFor();
    // After a wrong answer the focus is still where the next one belongs.
    expect(await focused(page)).toMatch(/^Characters in the picture/);
    await page.keyboard.type("7");
    const answered = page.waitForResponse((response) => response.request().method() === "POST" && new URL(response.url()).pathname === "/api/v4/user");
    await page.keyboard.press("Enter");
    const { code } = (await (await answered).json()) as { code: number };
    if (code !== 40026) return;
    await page.getByRole("alert").getByText("The answer to the challenge was not right.").waitFor();
    // The next picture empties the field.
    expect(await eventually(() => page.getByLabel("Characters in the picture").inputValue(), (value) => value === "")).toBe("");
  }
  throw new Error("no picture showed a 7");
}
