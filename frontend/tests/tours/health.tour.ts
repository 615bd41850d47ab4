/** Whether what is stored is what it was: damage is found, shown, mended, and taken as it is. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

let administrator: Person;
let number = 0;
const on = stage(async (made) => {
  administrator = await made.register("administrator");
});

/** The one file of the data folder that has this content. */
function holding(content: string): string {
  const found = readdirSync(on.server.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .find((path) => readFileSync(path).equals(Buffer.from(content)));
  if (!found) throw new Error(`nothing holds ${content}`);
  return found;
}

interface State {
  running: boolean;
  policies: { damaged: number }[];
}
const state = () => administrator.call("GET", "/admin/proof") as Promise<State>;
const damaged = async () => (await state()).policies.reduce((sum, policy) => sum + policy.damaged, 0);

async function status(person: Person, path: string): Promise<number> {
  const { urls } = (await person.call("POST", "/file/url", { uris: [uriOf(path)] })) as { urls: { url: string }[] };
  return (await fetch(urls[0]?.url ?? "")).status;
}

describe.each(SIZES)("the health of what is stored, at a $name", (size) => {
  let tour: Visit;

  /** A row of the list, or its card. */
  const row = (name: string) => tour.page.locator("[data-row]").filter({ hasText: name });
  const readAll = async () => {
    await tour.page.getByRole("button", { name: "Read everything now" }).click();
    await tour.page.getByText("Reading begins").waitFor();
  };

  it("is told while all is well, when damage is found, and when it is mended", async () => {
    number += 1;
    const person = await on.register(`keeper${number}`);
    const names = { whole: `whole ${number}.txt`, turned: `turned ${number}.txt`, gone: `gone ${number}.txt`, cut: `cut ${number}.txt` };
    for (const [kind, name] of Object.entries(names)) await person.put(name, `what is ${kind} in ${number}`);
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/health");
    await page.getByText("Everything that was read is as it was.").waitFor();
    // All of the table is in sight.
    const room = page.getByRole("region", { name: "Storage policies" });
    if (!size.touch) expect(await room.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
    await tour.look("health-well");
    const [turned, gone, cut] = [holding(`what is turned in ${number}`), holding(`what is gone in ${number}`), holding(`what is cut in ${number}`)];
    writeFileSync(turned, `what is tURNED in ${number}`);
    rmSync(gone);
    writeFileSync(cut, "what is");
    await readAll();
    // Nobody reads the page again.
    await row(names.turned).getByText("Other content").waitFor();
    await row(names.gone).getByText("Missing").waitFor();
    await row(names.cut).getByText("Other length").waitFor();
    expect(await row(names.whole).count()).toBe(0);
    expect(await status(person, names.turned)).toBe(502);
    await page.locator('[data-policy="1"]').getByText("3", { exact: true }).waitFor();
    // What the hint asks for is at hand before anything is chosen.
    await page.getByRole("button", { name: "Check all again" }).click();
    await page.getByText("3 are damaged still").waitFor();
    await page.getByRole("checkbox", { name: /^Choose all/ }).check();
    await page.getByRole("region", { name: "3 chosen" }).waitFor();
    await tour.look("health-damaged");
    await tour.open("/admin/overview");
    await page.getByText("3 stored blobs are damaged").waitFor();
    await tour.look("health-overview");
    await page.getByRole("alert").getByRole("link", { name: "Storage health" }).click();

    // What was put back is whole again; what was not stays.
    writeFileSync(gone, `what is gone in ${number}`);
    writeFileSync(cut, `what is cut in ${number}`);
    await page.getByRole("checkbox", { name: `Choose ${names.gone}` }).check();
    await page.getByRole("checkbox", { name: `Choose ${names.turned}` }).check();
    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByText("1 is damaged still").waitFor();
    await row(names.gone).waitFor({ state: "detached" });
    expect(await person.read(names.gone)).toBe(`what is gone in ${number}`);

    // From its details, which lead to the file.
    const open = async (name: string) => {
      await (size.touch ? row(name).getByRole("button").click() : row(name).click());
      return page.getByRole("dialog", { name });
    };
    const details = await open(names.cut);
    await details.getByText(/There are not as many bytes/).waitFor();
    await details.getByText(`keeper${number}@example.com`).waitFor();
    expect(await details.getByRole("button", { name: "Take as they are" }).isDisabled()).toBe(true);
    await tour.look("health-detail");
    await details.getByRole("button", { name: "Check again" }).click();
    await page.getByText("1 is whole again").waitFor();
    await row(names.cut).waitFor({ state: "detached" });

    // The last one is taken for what it is now.
    const last = await open(names.turned);
    await last.getByRole("button", { name: "Take as they are" }).click();
    const question = page.getByRole("dialog", { name: "Take as they are" });
    await question.getByText(`What lies in the storage now becomes the content of ${names.turned}`).waitFor();
    await tour.look("health-question");
    await question.getByRole("button", { name: "Take as they are" }).click();
    await page.getByText("Everything that was read is as it was.").waitFor();
    expect(await eventually(damaged, (count) => count === 0)).toBe(0);
    expect(await person.read(names.turned)).toBe(`what is tURNED in ${number}`);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("is settled by keys alone, and leads to the file", async () => {
    number += 1;
    const person = await on.register(`keyed${number}`);
    const name = `keyed ${number}.txt`;
    await person.put(name, `by keys in ${number}`);
    const path = holding(`by keys in ${number}`);
    rmSync(path);
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/health");
    await page.getByRole("button", { name: /^Read now/ }).first().waitFor();
    const all = page.getByRole("button", { name: "Read everything now" });
    await all.focus();
    await page.keyboard.press("Enter");
    await row(name).waitFor();
    await page.getByRole("checkbox", { name: `Choose ${name}` }).focus();
    await page.keyboard.press("Space");
    writeFileSync(path, `by keys in ${number}`);
    await row(name).and(page.locator("[tabindex]")).or(row(name).getByRole("button")).first().focus();
    await page.keyboard.press("Enter");
    const link = page.getByRole("dialog", { name }).getByRole("link", { name });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/admin\/files\?/);
    await row(name).waitFor();
    await page.goBack();
    await page.getByRole("checkbox", { name: `Choose ${name}` }).focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Check again" }).focus();
    await page.keyboard.press("Enter");
    await row(name).waitFor({ state: "detached" });
    expect(await person.read(name)).toBe(`by keys in ${number}`);
    await tour.end();
  });

  it("is read as often and as fast as the settings say, which say what that is", async () => {
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/health");
    await page.getByRole("link", { name: "Set how often, and how fast" }).click();
    await page.getByText("scrub_bytes_per_second · 32 MB").waitFor();
    await page.getByRole("textbox", { name: /^Days within which/ }).waitFor();
    await page.getByRole("textbox", { name: /^When it is looked whether/ }).waitFor();
    await tour.look("health-settings");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("says what went wrong, and tries again", async () => {
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await page.route("**/api/v4/admin/proof", (route) => route.fulfill({ contentType: "application/json; charset=utf-8", body: '{"code":50001,"msg":"the database is busy"}' }));
    await tour.open("/admin/health");
    const said = page.getByRole("alert").filter({ hasText: "the database is busy" });
    await said.waitFor();
    await tour.look("health-trouble");
    await page.unroute("**/api/v4/admin/proof");
    await said.getByRole("button", { name: "Try again" }).click();
    await page.locator('[data-policy="1"]').waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
