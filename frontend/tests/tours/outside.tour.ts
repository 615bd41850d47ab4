/** Viewers of other sites, in a frame: they read the file by the link they get, and reach nothing else. */
import { describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { StandIn } from "../stand-in";
import { stageBeside } from "../stage";
import { SIZES } from "../tour";

let person: Person;
const siteOf = (standIn: StandIn) => {
  const query = "src={$src}&name={$name}&user={$user_display_name}&theme={$theme}&id={$id}";
  const viewers = [
    { id: "plans", type: "custom", display_name: "Plan viewer", exts: ["plan"], url: `${standIn.base}/view?${query}` },
    { id: "window", type: "custom", display_name: "Window viewer", exts: ["plan"], url: `${standIn.base}/view?${query}`, props: { openInNew: "true" } },
    { id: "office", type: "wopi", display_name: "Office", exts: ["plan", "docx"], templates: [{ ext: "docx", display_name: "Office document" }] },
    { id: "monaco", type: "builtin", display_name: "fileManager.monacoEditor", exts: ["txt"] },
  ];
  return { file_viewers: JSON.stringify([{ viewers }]) };
};
const on = stageBeside(StandIn.open, siteOf, async (made) => {
  person = await made.register("planner");
  await person.put("Attic & stairs.plan", "two floors, one cat");
  await person.put("letter.docx", "not really");
});

describe.each(SIZES)("a viewer of another site, at a $name", (size) => {
  it("shows the file in a frame that reaches nothing else", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("Attic & stairs.plan").waitFor();
    await tour.enter("Attic & stairs.plan");
    // Nothing leaves the site before somebody wants it to, and knows where it goes.
    const before = on.beside.asked.length;
    const { host } = new URL(on.beside.base);
    await page.getByRole("heading", { name: `Open this file at ${host}?` }).waitFor();
    await tour.look("outside-consent");
    expect(tour.barriers).toEqual([]);
    expect(await page.locator("iframe").count()).toBe(0);
    expect(on.beside.asked.length).toBe(before);
    await page.getByRole("checkbox", { name: "Do not ask again for Plan viewer" }).check();
    await page.getByRole("button", { name: `Continue to ${host}` }).click();
    const frame = page.frameLocator('iframe[title="Plan viewer"]');
    await frame.getByText("two floors, one cat").waitFor();
    await frame.getByRole("heading", { name: "Attic & stairs.plan" }).waitFor();
    await frame.getByText("planner light").waitFor();
    await frame.getByText("reaches nothing").waitFor();
    await tour.shot("outside-viewer");
    expect(await tour.findings()).toEqual([]);
    const { address, referrer, cookie } = on.beside.asked.at(-1) ?? {};
    expect(address?.searchParams.get("src")).toContain(on.server.base);
    expect([referrer, cookie]).toEqual([undefined, undefined]);
    const files = (await person.call("GET", `/file?uri=${encodeURIComponent(uriOf(""))}`)) as { files: { id: string; name: string }[] };
    expect(address?.searchParams.get("id")).toBe(files.files.find(({ name }) => name.endsWith(".plan"))?.id);
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await tour.entry("letter.docx").waitFor();
    // Asked once, and for this viewer alone.
    await tour.enter("Attic & stairs.plan");
    await frame.getByText("two floors, one cat").waitFor();
    await tour.open(`/home?open=${encodeURIComponent(uriOf("Attic & stairs.plan"))}&viewer=window`);
    await page.getByRole("button", { name: `Continue to ${host}` }).waitFor();
    await tour.end();
  });

  it("may be another window, and a visitor of a share sees it too", async () => {
    const link = (await person.call("PUT", "/share", { uri: uriOf("Attic & stairs.plan") })) as string;
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?open=${encodeURIComponent(uriOf("Attic & stairs.plan"))}&viewer=window`);
    await page.getByRole("button", { name: /^Continue to / }).click();
    const leave = page.getByRole("link", { name: /Window viewer/ });
    const [other] = await Promise.all([page.waitForEvent("popup"), leave.click()]);
    await other.getByText("two floors, one cat").waitFor();
    expect(await other.evaluate(() => window.opener)).toBe(null);
    await tour.end();
    const stranger = await on.visit({ size });
    await stranger.open(link);
    await stranger.page.getByRole("button", { name: /^Open/ }).first().click();
    await stranger.page.getByRole("button", { name: /^Continue to / }).click();
    await stranger.page.frameLocator('iframe[title="Plan viewer"]').getByText("two floors, one cat").waitFor();
    await stranger.end();
  });

  it("is not offered if it needs office sessions, which the server does not host", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("letter.docx").waitFor();
    await tour.enter("letter.docx");
    await page.locator("[data-viewer]").getByRole("button", { name: "Download" }).first().waitFor();
    expect(await page.getByText("Office", { exact: true }).count()).toBe(0);
    expect(await page.locator("iframe").count()).toBe(0);
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    if (!size.touch) {
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByRole("menuitem", { name: "New folder" }).waitFor();
      expect(await page.getByRole("menuitem", { name: /Office/ }).count()).toBe(0);
    }
    await tour.end();
  });
});
