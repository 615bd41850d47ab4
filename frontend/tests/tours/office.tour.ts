/** Office files stay on the site until its administrator lets others show them, and people agree. */
import { describe, expect, it } from "vitest";
import { Person, startServer, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit, visit } from "../tour";

const on = stage();

/** Addresses of other sites that the page asked for; none of them is let through. */
async function watch({ page }: Visit, base: string): Promise<string[]> {
  const outside: string[] = [];
  await page.route(
    (url) => url.protocol.startsWith("http") && url.origin !== base,
    (route) => {
      outside.push(route.request().url());
      return route.fulfill({ contentType: "text/html", body: "<p>shown elsewhere</p>" });
    },
  );
  return outside;
}

describe.each(SIZES)("office files, at a $name", (size) => {
  it("go nowhere by themselves: they are offered for download", async () => {
    const person = await on.register(`writer-${size.name}`);
    await person.put("letter.docx", "a private letter");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const outside = await watch(tour, on.server.base);
    await tour.open();
    await tour.entry("letter.docx").waitFor();
    await tour.enter("letter.docx");
    await page.getByText("There is no viewer for this kind of file.").waitFor();
    await tour.look("office-off");
    expect(tour.barriers).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^Download \(/ }).click()]);
    expect(download.suggestedFilename()).toBe("letter.docx");
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await tour.choose("letter.docx", "Open with…");
    const dialog = page.getByRole("dialog", { name: "Open “letter.docx” with" });
    await dialog.getByRole("button", { name: "Text editor" }).waitFor();
    expect(await dialog.getByRole("button", { name: /Google|Microsoft/ }).count()).toBe(0);
    expect(outside).toEqual([]);
    await tour.end();
  });

  it("are shown by another company where that is wanted, after it was named", async () => {
    const url = "https://docs.google.com/gview?url={$src}&embedded=true";
    const viewers = [{ id: "googledocs", type: "custom", display_name: "fileManager.googledocs", exts: ["docx"], url }];
    const server = await startServer({ file_viewers: JSON.stringify([{ viewers }]) });
    try {
      const person = await Person.register(server.base, "writer");
      await person.put("letter.docx", "a private letter");
      const tour = await visit(on.browser, server.base, { size, person, locale: "zh-CN" });
      const { page } = tour;
      const outside = await watch(tour, server.base);
      const links: string[] = [];
      page.on("request", (request) => {
        if (request.url().endsWith("/file/url")) links.push(request.url());
      });
      await tour.open(`/home?open=${encodeURIComponent(uriOf("letter.docx"))}`);
      await page.getByRole("heading", { name: "在 docs.google.com 打开此文件？" }).waitFor();
      await tour.look("office-consent-zh");
      expect(tour.barriers).toEqual([]);
      expect([outside, links]).toEqual([[], []]);
      await page.getByRole("button", { name: "前往 docs.google.com" }).click();
      await page.frameLocator("iframe").getByText("shown elsewhere").waitFor();
      expect(outside).toHaveLength(1);
      expect(outside[0]).toMatch(/^https:\/\/docs\.google\.com\/gview\?url=http/);
      // Not remembered, so asked again.
      await page.reload();
      await page.getByRole("heading", { name: "在 docs.google.com 打开此文件？" }).waitFor();
      expect(outside).toHaveLength(1);
      // The other site keeps nothing here, not even what these tours put in place for every page.
      const ours = tour.crashes.filter((crash) => !crash.includes("localStorage"));
      tour.crashes.splice(0, tour.crashes.length, ...ours);
      await tour.end();
    } finally {
      await server.stop();
    }
  });
});
