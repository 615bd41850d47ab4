/** What is done every day, without a mouse: only keys are pressed here. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person, type Server, startServer } from "../server";
import { eventually, launch, SIZES, visit } from "../tour";

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  await Person.register(server.base, "administrator");
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** What has the focus, as it is read out. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const node = document.activeElement;
    const labelled = (node?.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    const label = node && "labels" in node ? [...((node as HTMLInputElement).labels ?? [])].map((each) => each.textContent) : [];
    return [node?.getAttribute("aria-label"), ...labelled, ...label, node?.textContent].filter(Boolean).join(" ");
  });
}

/** Presses Tab until something has the focus, as people do who cannot see where it is. */
async function tabTo(page: Page, wanted: RegExp, key = "Tab") {
  const met: string[] = [];
  for (let presses = 0; presses < 90; presses += 1) {
    const now = await focused(page);
    if (wanted.test(now)) return;
    met.push(now.slice(0, 30));
    await page.keyboard.press(key);
  }
  throw new Error(`Tab does not reach ${wanted}: ${met.join(" | ")}`);
}

describe.each(SIZES)("keys alone, at a $name", (size) => {
  it("sign in, change the name, and sign out", async () => {
    const person = await Person.register(server.base, `typing-${size.name}`);
    const tour = await visit(browser, server.base, { size });
    const { page } = tour;
    await tour.open("/session");
    await page.getByLabel("Email").waitFor();
    await tabTo(page, /^Email/);
    await page.keyboard.type(person.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(Person.password);
    await page.keyboard.press("Enter");
    await page.getByText("This folder is empty").waitFor();
    await page.keyboard.press("Tab");
    await tabTo(page, /Account of/);
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Settings" }).waitFor();
    for (let steps = 0; steps < 12 && !/^Settings/.test(await focused(page)); steps += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await tabTo(page, /^Name others see/);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Keys");
    await page.keyboard.press("Enter");
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(await person.call("GET", "/user/me")).toMatchObject({ nickname: "Keys" });
    await tabTo(page, /^Profile/, "Shift+Tab");
    // Tabs are walked with the arrows of their direction.
    await page.keyboard.press(size.touch ? "ArrowRight" : "ArrowDown");
    await page.getByRole("heading", { name: "Where you are signed in" }).waitFor();
    await tour.end();
  });

  it("make a share for somebody, and take it back", async () => {
    const person = await Person.register(server.base, `sharing-${size.name}`);
    await Person.register(server.base, `friend-of-${size.name}`);
    await person.folder("Album");
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("Album").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Find a file or a command…").waitFor();
    await page.keyboard.press("Escape");
    await tabTo(page, /^Files and folders/);
    await page.keyboard.press("Home");
    await page.getByRole("toolbar", { name: "Selection" }).waitFor();
    await tabTo(page, /^Share$/);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await tabTo(page, /^Who can open it/);
    for (let steps = 0; steps < 2; steps += 1) await page.keyboard.press("ArrowDown");
    await page.getByRole("option", { name: "Only those I name" }).waitFor();
    await pickOption(page, "Only those I name");
    await tabTo(page, /^People/);
    await page.keyboard.type(`friend-of-${size.name}`);
    await page.getByRole("option", { name: `friend-of-${size.name}` }).waitFor();
    await pickOption(page, `friend-of-${size.name}`);
    await tabTo(page, /^Make link/);
    await page.keyboard.press("Enter");
    await page.getByLabel("Link", { exact: true }).waitFor();
    await tabTo(page, /^Done/);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await tour.open("/shares");
    await page.getByRole("row", { name: /Album/ }).waitFor();
    await page.keyboard.press("Tab");
    await tabTo(page, /Actions for Album/);
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Remove link" }).waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await tabTo(page, /^Remove link/);
    await page.keyboard.press("Enter");
    await page.getByText("You have not shared anything yet").waitFor();
    const shares = () => person.call("GET", "/share?page_size=50") as Promise<{ shares: unknown[] }>;
    expect((await eventually(shares, (list) => list.shares.length === 0)).shares).toEqual([]);
    await tour.end();
  });
});

/** Walks an open list to an option and takes it. */
async function pickOption(page: Page, name: string) {
  const option = page.getByRole("option", { name });
  for (let steps = 0; steps < 12; steps += 1) {
    if ((await option.getAttribute("data-combobox-selected")) === "true") break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}
