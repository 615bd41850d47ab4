import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pdf, png, wav } from "../samples";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, SIZES, visit } from "../tour";

let browser: Browser;
let server: Server;
let person: Person;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  person = await Person.register(server.base, "viewer");
  await person.folder("Plans");
  await person.put("red.png", png(300, 200, [200, 40, 40]));
  await person.put("blue.png", png(200, 300, [40, 40, 200]));
  await person.put("paper.pdf", pdf());
  await person.put("tone.wav", wav());
  await person.put("readme.md", "# A heading\n\nwith **strong** words and <img src=x onerror=alert(1)>\n");
  await person.put("strange.qqq", "?");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const opened = (name: string) => `/home?open=${encodeURIComponent(`cloudreve://my/${encodeURIComponent(name)}`)}`;

describe.each(SIZES)("looking at files, at a $name", (size) => {
  it("shows pictures one after the other", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open();
    if (size.touch) await tour.entry("blue.png").tap();
    else await tour.entry("blue.png").dblclick();
    const dialog = page.getByRole("dialog", { name: "blue.png" });
    await dialog.getByRole("img", { name: "blue.png" }).waitFor();
    await tour.shot("picture");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByRole("dialog", { name: "red.png" }).waitFor();
    expect(new URL(page.url()).searchParams.get("open")).toBe("cloudreve://my/red.png");
    await page.getByRole("button", { name: "About this picture" }).click();
    await page.getByText("300 × 200").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await tour.entry("red.png").waitFor();
    await tour.end();
  });

  it("shows every page of a document", async () => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(opened("paper.pdf"));
    await tour.page.getByRole("img", { name: "Page 1" }).locator("canvas").waitFor();
    await tour.page.getByRole("img", { name: "Page 2" }).waitFor();
    await tour.shot("document");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it("plays music", async () => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(opened("tone.wav"));
    await tour.page.locator("audio").waitFor({ state: "attached" });
    await tour.page.waitForFunction(() => (document.querySelector("audio")?.duration ?? 0) > 0.9);
    await tour.shot("music");
    await tour.end();
  });

  it("shows Markdown without letting it run anything, edits it and saves a version", async () => {
    await person.put("readme.md", "# A heading\n\nwith **strong** words and <img src=x onerror=alert(1)>\n");
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened("readme.md"));
    const preview = page.getByRole("region", { name: "Preview" });
    await preview.getByRole("heading", { name: "A heading" }).waitFor();
    expect(await preview.locator("img").count()).toBe(0);
    await tour.shot("markdown");
    if (size.touch) await page.getByRole("button", { name: "Preview" }).click();
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("New ");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved as a new version").waitFor();
    expect(await person.read("readme.md")).toMatch(/^New # A heading/);
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it("warns when somebody else saved in between, and before changes are lost", async () => {
    await person.put(`stale-${size.name}.txt`, "one");
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(opened(`stale-${size.name}.txt`));
    await page.locator(".cm-content").click();
    await page.keyboard.type("mine ");
    await person.put(`stale-${size.name}.txt`, "theirs");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog", { name: "Somebody else saved this file" }).waitFor();
    await tour.shot("stale");
    await page.getByRole("button", { name: "Save over it" }).click();
    await page.getByText("Saved as a new version").waitFor();
    expect(await person.read(`stale-${size.name}.txt`)).toContain("mine");
    await page.locator(".cm-content").click();
    await page.keyboard.type("more ");
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("dialog", { name: "Unsaved changes" }).waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.locator("[data-viewer]").waitFor({ state: "detached" });
    await tour.end();
  });

  it("goes on with the copy that was saved: its title, what is saved from then on, and what is not yet", async () => {
    const name = `shared plan ${size.name}.txt`;
    await person.put(`Plans/${name}`, "one");
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open(`/home?${new URLSearchParams({ path: uriOf("Plans"), open: uriOf(`Plans/${name}`) })}`);
    const text = page.locator(".cm-content");
    await text.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("mine ");
    await person.put(`Plans/${name}`, "theirs");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog", { name: "Somebody else saved this file" }).getByRole("button", { name: "Save as a copy" }).click();
    // It says where.
    const notice = page.getByText(/^Saved as “shared plan \w+ \(.*\)\.txt” in “Plans”$/);
    await notice.waitFor();
    const copy = /“(.*)” in/.exec((await notice.textContent()) ?? "")?.[1] ?? "";
    expect(await person.names("Plans")).toContain(copy);
    const viewer = page.getByRole("dialog", { name: copy });
    await viewer.getByRole("heading", { name: copy }).waitFor();
    expect(new URL(page.url()).searchParams.get("open")).toBe(uriOf(`Plans/${copy}`));
    expect(await page.getByRole("textbox", { name: copy }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "Save", exact: true }).isDisabled()).toBe(true);
    await tour.shot("copy");
    expect(await tour.findings()).toEqual([]);
    // One writes on where one was.
    await page.locator(".cm-content:focus").waitFor();
    await page.keyboard.type("more ");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved as a new version").waitFor();
    expect(await person.read(`Plans/${copy}`)).toBe("mine more one");
    expect(await person.read(`Plans/${name}`)).toBe("theirs");
    await page.keyboard.type("lost ");
    await viewer.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("dialog", { name: "Unsaved changes" }).getByRole("button", { name: "Discard" }).click();
    await page.locator("[data-viewer]").waitFor({ state: "detached" });
    await tour.entry(copy).waitFor();
    expect(await person.read(`Plans/${copy}`)).toBe("mine more one");
    await tour.end();
  });

  it("offers the download of what it cannot show", async () => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(opened("strange.qqq"));
    const [download] = await Promise.all([tour.page.waitForEvent("download"), tour.page.getByRole("button", { name: /^Download \(/ }).click()]);
    expect(download.suggestedFilename()).toBe("strange.qqq");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });
});
