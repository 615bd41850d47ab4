/** What goes by mail: activation, a forgotten password. And the pictures that keep robots out. */
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { Mailbox } from "../mail";
import { Person, startServer } from "../server";
import { stageBeside } from "../stage";
import { eventually, SIZES, visit } from "../tour";

const on = stageBeside(Mailbox.open, (box) => box.settings, (made) => made.register("administrator"));

const password = (page: Page, label: string) => page.getByRole("textbox", { name: label, exact: true });
const pathOf = (link: string) => link.replace(/^https?:\/\/[^/]+/, "");

describe.each(SIZES)("letters, at a $name", (size) => {
  it("set a new password when the old one is forgotten", async () => {
    const person = await on.register(`forgetful-${size.name}`);
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open("/session");
    await page.getByLabel("Email").fill(person.email);
    await page.getByRole("link", { name: "Forgot password?" }).click();
    await page.getByRole("heading", { name: "Reset password" }).waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe(person.email);
    await tour.shot("reset-ask");
    await page.getByRole("button", { name: "Send mail" }).click();
    await page.getByText(`If there is an account with the address ${person.email}`).waitFor();
    await tour.shot("reset-sent");
    const link = await on.beside.link(person.email);
    await tour.open(pathOf(link));
    await password(page, "New password").fill("another horse");
    await tour.shot("reset-new");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("The password has been changed.").waitFor();
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByLabel("Email").fill(person.email);
    await password(page, "Password").fill("another horse");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();

    await tour.open(pathOf(link));
    await password(page, "New password").fill("a third horse");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByRole("alert").getByText("This link is no longer valid.").waitFor();
    await tour.end();
  });

  it("open an account that waits for them", async () => {
    const strict = await startServer({ ...on.beside.settings, email_active: "1" });
    onTestFinished(() => strict.stop());
    const tour = await visit(on.browser, strict.base, { size });
    const { page } = tour;
    const email = `newcomer-${size.name}@example.com`;
    await tour.open("/session/signup");
    await page.getByLabel("Email").fill(email);
    await password(page, "Password").fill(Person.password);
    await password(page, "Password once more").fill(Person.password);
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    await tour.shot("check-mail");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByLabel("Email").fill(email);
    await password(page, "Password").fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").getByText("This account waits for its activation mail to be opened.").waitFor();
    await tour.open(pathOf(await on.beside.link(email)));
    await page.getByText("Your account is ready.").waitFor();
    await tour.shot("activated");
    await page.getByRole("link", { name: "Sign in" }).click();
    expect(await page.getByLabel("Email").inputValue()).toBe(email);
    await password(page, "Password").fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });
});

describe.each(SIZES)("pictures with characters, at a $name", (size) => {
  it("change after a wrong answer, and let in after a right one", async () => {
    // One digit is soon guessed: what is toured is the way, not the strength.
    const atSignUp = size.name === "desk";
    const doors = { reg_captcha: atSignUp ? "1" : "0", login_captcha: atSignUp ? "0" : "1", forget_captcha: "1" };
    const guarded = await startServer({ ...doors, captcha_mode: "0", captcha_CaptchaLen: "1" });
    onTestFinished(() => guarded.stop());
    const tour = await visit(on.browser, guarded.base, { size });
    const { page } = tour;
    await tour.open("/session/signup");
    await page.getByLabel("Email").fill("human@example.com");
    await password(page, "Password").fill(Person.password);
    await password(page, "Password once more").fill(Person.password);
    const picture = page.getByAltText("Picture with characters to type");
    if (!atSignUp) {
      await page.getByRole("button", { name: "Create administrator" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await page.getByLabel("Email").inputValue()).toBe("human@example.com");
      await password(page, "Password").fill(Person.password);
    }
    await picture.waitFor();
    await tour.shot("captcha");
    expect(await tour.findings()).toEqual([]);
    const first = await picture.getAttribute("src");
    await page.getByRole("button", { name: "Another picture" }).click();
    expect(await eventually(() => picture.getAttribute("src"), (src) => src !== first)).not.toBe(first);
    await guess(page, atSignUp ? "Create administrator" : "Sign in", page.getByText("This folder is empty"));
    await tour.open("/session/reset");
    await picture.waitFor();
    await tour.end();
  });
});

/** Sends the form until its picture was read right; each answer opens one picture only. */
async function guess(page: Page, button: string, there: ReturnType<Page["getByText"]>) {
  const wrong = page.getByRole("alert").getByText("The answer to the challenge was not right.");
  const field = page.getByLabel("Characters in the picture");
  for (let digit = 0; digit < 150; digit += 1) {
    // What is sent before the next picture is there answers none.
    await page.getByAltText("Picture with characters to type").waitFor();
    await field.fill("7");
    const answered = page.waitForResponse((response) => response.request().method() === "POST" && /\/(user|session\/token)$/.test(new URL(response.url()).pathname));
    await page.getByRole("button", { name: button, exact: true }).click();
    const { code } = (await (await answered).json()) as { code: number };
    if (code !== 40026) return await there.waitFor();
    await wrong.waitFor();
    // The next picture empties the field.
    expect(await eventually(() => field.inputValue(), (value) => value === "")).toBe("");
  }
  throw new Error("no picture showed a 7");
}
