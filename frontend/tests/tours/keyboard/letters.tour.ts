/** What goes by mail, without a mouse: only keys are pressed here. */
import type { Page } from "playwright-core";
import { describe, it, onTestFinished } from "vitest";
import { press, write } from "../../keys";
import { Mailbox } from "../../mail";
import { Person, startServer } from "../../server";
import { stageBeside } from "../../stage";
import { SIZES, visit } from "../../tour";

const on = stageBeside(Mailbox.open, (box) => box.settings, (made) => made.register("administrator"));

const pathOf = (link: string) => link.replace(/^https?:\/\/[^/]+/, "");
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

async function signIn(page: Page, email: string, password: string) {
  await heading(page, "Sign in");
  await write(page, /^Email/, email);
  await write(page, /^Password/, password);
  await page.keyboard.press("Enter");
}

describe.each(SIZES)("keys alone, with letters, at a $name", (size) => {
  it("set a new password when the old one is forgotten", async () => {
    const person = await on.register(`forgetful-${size.name}`);
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open("/session");
    await heading(page, "Sign in");
    await press(page, /^Forgot password/);
    await heading(page, "Reset password");
    await write(page, /^Email/, person.email);
    await press(page, /^Send mail/);
    await page.getByText(`If there is an account with the address ${person.email}`).waitFor();
    await tour.open(pathOf(await on.beside.link(person.email)));
    await heading(page, "New password");
    await write(page, /^New password/, "another horse");
    await press(page, /^Set password/);
    await page.getByText("The password has been changed.").waitFor();
    await press(page, /^Sign in$/);
    await signIn(page, person.email, "another horse");
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });

  it("open an account that waits for them", async () => {
    const strict = await startServer({ ...on.beside.settings, email_active: "1" });
    onTestFinished(() => strict.stop());
    const tour = await visit(on.browser, strict.base, { size });
    const { page } = tour;
    const email = `newcomer-${size.name}@example.com`;
    await tour.open("/session/signup");
    await heading(page, "Welcome");
    await write(page, /^Email/, email);
    await write(page, /^Password/, Person.password);
    await write(page, /^Password once more/, Person.password);
    await page.keyboard.press("Enter");
    await heading(page, "Check your mail");
    await press(page, /^Sign in$/);
    await signIn(page, email, Person.password);
    await page.getByRole("alert").getByText("This account waits for its activation mail to be opened.").waitFor();
    await tour.open(pathOf(await on.beside.link(email)));
    await page.getByText("Your account is ready.").waitFor();
    await press(page, /^Sign in$/);
    await heading(page, "Sign in");
    // The address is known by now.
    await write(page, /^Password/, Person.password);
    await page.keyboard.press("Enter");
    await page.getByText("This folder is empty").waitFor();
    await tour.end();
  });
});
