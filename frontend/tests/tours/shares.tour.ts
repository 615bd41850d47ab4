import { describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES } from "../tour";

let administrator: Person;
const on = stage(async (made) => (administrator = await made.register("administrator")));

let number = 0;

describe.each(SIZES)("shares, at a $name", (size) => {
  it("go from the owner's dialog to a visitor with the password, and into another drive", async () => {
    number += 1;
    const owner = await on.register(`owner${number}`);
    const friend = await on.register(`friend${number}`);
    await owner.folder("Trip");
    await owner.put("Trip/README.md", "# Welcome\n");
    await owner.put("Trip/photo list.txt", "one, two");

    const tour = await on.visit({ size, person: owner });
    const { page } = tour;
    await tour.open();
    await tour.entry("Trip").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Share", exact: true }).click();
    await page.getByRole("switch", { name: "Protect with a password" }).check();
    await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("pw123");
    await tour.shot("share-dialog");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: "Make link" }).click();
    const link = await page.getByLabel("Link", { exact: true }).inputValue();
    expect(link).toMatch(new RegExp(`^${on.server.base}/s/[A-Za-z0-9]+/pw123$`));
    // Who hands the link on knows that the password goes along.
    await page.getByText("The password is inside this link").waitFor();
    expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("pw123");
    await page.getByRole("button", { name: "Copy password" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("pw123");
    await tour.shot("share-link");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: "Done" }).click();
    await tour.open("/shares");
    await page.getByRole("row", { name: /Trip/ }).waitFor();
    expect(await tour.findings()).toEqual([]);

    const stranger = await on.visit({ size });
    await stranger.open(new URL(link).pathname.replace("/pw123", ""));
    await stranger.page.getByLabel(/has a password/).fill("wrong");
    await stranger.page.getByRole("button", { name: "Open" }).click();
    await stranger.page.getByText("This is not the password.").waitFor();
    await stranger.shot("share-locked");
    expect(await stranger.findings()).toEqual([]);
    await stranger.page.getByLabel(/has a password/).fill("pw123");
    await stranger.page.getByRole("button", { name: "Open" }).click();
    await stranger.entry("photo list.txt").waitFor();
    await stranger.page.getByRole("heading", { name: "Welcome" }).waitFor();
    await stranger.shot("share-open");
    expect(await stranger.findings()).toEqual([]);
    // Visitors look at it as they like; the owner's view stays.
    for (const layout of ["Gallery", "Grid", "List"]) {
      if (size.touch) await stranger.page.getByRole("button", { name: "View options" }).click();
      await stranger.page.locator("label", { hasText: layout }).first().click();
      await (layout === "Gallery" ? stranger.page.locator("[data-gallery]").first() : stranger.entry("photo list.txt")).waitFor();
      if (size.touch) await stranger.page.keyboard.press("Escape");
      await stranger.shot(`share-${layout.toLowerCase()}`);
    }
    await stranger.entry("photo list.txt").click({ button: "right" });
    const [download] = await Promise.all([stranger.page.waitForEvent("download"), stranger.page.getByRole("menuitem", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe("photo list.txt");
    await stranger.end();
    // Whole folders are for groups that may pack archives.
    const packer = await on.visit({ size, person: administrator });
    await packer.open(new URL(link).pathname);
    const [whole] = await Promise.all([packer.page.waitForEvent("download"), packer.page.getByRole("button", { name: "Download all" }).click()]);
    expect(whole.suggestedFilename()).toMatch(/\.zip$/);
    await packer.end();

    const saver = await on.visit({ size, person: friend });
    await saver.open(new URL(link).pathname);
    const keep = async (how: string) => {
      await saver.page.getByRole("button", { name: "Save to my drive" }).click();
      await saver.page.getByRole("menuitem", { name: how }).click();
      await saver.page.getByRole("button", { name: "Save here" }).click();
    };
    await keep("Save a copy");
    expect(await eventually(() => friend.names(""), (names) => names.length === 1)).toEqual(["Trip"]);
    expect(await friend.read("Trip/photo list.txt")).toBe("one, two");
    await friend.call("DELETE", "/file", { uris: [uriOf("Trip")], skip_soft_delete: true });
    await keep("Add a shortcut");
    expect(await eventually(() => friend.names(""), (names) => names.length === 1)).toEqual(["Trip"]);
    await saver.open();
    if (size.touch) await saver.entry("Trip").tap();
    else await saver.entry("Trip").dblclick();
    await saver.entry("photo list.txt").waitFor();
    // It is listed with all that others share, until it is deleted.
    const withMe = async () => {
      if (size.touch) await saver.page.getByRole("button", { name: "Menu", exact: true }).click();
      await saver.page.getByRole("link", { name: "Shared with me" }).click();
      await saver.entry("Trip").waitFor();
    };
    await withMe();
    await saver.shot("shared-with-me");
    expect(await saver.findings()).toEqual([]);
    await saver.enter("Trip");
    await saver.page.getByRole("heading", { name: "Welcome" }).waitFor();
    await saver.open();
    await saver.choose("Trip", "Delete");
    await saver.entry("Trip").waitFor({ state: "detached" });
    await eventually(() => friend.names(""), (names) => names.length === 0);
    if (size.touch) await saver.page.getByRole("button", { name: "Menu", exact: true }).click();
    await saver.page.getByRole("link", { name: "Shared with me" }).click();
    await saver.page.getByText("Nothing has been shared with you").waitFor();
    expect(await owner.names("Trip")).toHaveLength(2);
    await saver.end();

    await page.getByRole("button", { name: "Actions for Trip" }).click();
    await page.getByRole("menuitem", { name: "Remove link" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove link" }).click();
    await page.getByText("You have not shared anything yet").waitFor();
    const late = await on.visit({ size });
    await late.open(new URL(link).pathname);
    await late.page.getByText("This share does not exist any more").waitFor();
    await late.end();
    await tour.end();
  });

  it("offer a README where there is one, however it is written", async () => {
    number += 1;
    const owner = await on.register(`terse${number}`);
    await owner.put("Plain/photo list.txt", "one, two");
    await owner.put("Told/readme.md", "# Of small letters\n");
    const share = (more: object, name = "Plain") => owner.call("PUT", "/share", { uri: uriOf(name), show_readme: true, ...more }) as Promise<string>;
    const left = async (path: string) => ((await owner.call("GET", `/share/info/${path.split("/")[2]}`)) as { remain_downloads: number }).remain_downloads;
    const tour = await on.visit({ size });
    const { page } = tour;
    const offer = page.getByRole("button", { name: "Show README" });
    const told = new URL(await share({ downloads: 3 }, "Told")).pathname;
    await tour.open(told);
    await tour.entry("readme.md").waitFor();
    await offer.waitFor();
    await tour.shot("share-readme-offered");
    // Reading takes one of few downloads, so it waits for being asked.
    expect(await left(told)).toBe(3);
    await offer.click();
    await page.getByRole("heading", { name: "Of small letters" }).waitFor();
    const none = new URL(await share({ downloads: 3 })).pathname;
    await tour.open(none);
    await tour.entry("photo list.txt").waitFor();
    await tour.still();
    expect(await offer.count()).toBe(0);
    expect(await left(none)).toBe(3);
    // Where nobody asked, nothing is said.
    let looked = 0;
    page.on("requestfinished", (request) => {
      if (request.url().endsWith("/file/url")) looked += 1;
    });
    await tour.open(new URL(await share({})).pathname);
    await tour.entry("photo list.txt").waitFor();
    await eventually(async () => looked, (count) => count === 2);
    await tour.still();
    expect(await page.getByText("There is no README here").count()).toBe(0);
    await tour.end();
  });

  it("say that the profile lists them, and lead to that setting", async () => {
    number += 1;
    const owner = await on.register(`listed${number}`);
    await owner.folder("Album");
    const tour = await on.visit({ size, person: owner });
    const { page } = tour;
    const begin = async () => {
      await tour.open();
      await tour.choose("Album", "Share");
      await page.getByRole("switch", { name: "Protect with a password" }).waitFor();
    };
    const listed = page.getByText("It is also listed on your public profile.");
    await begin();
    await listed.waitFor();
    await tour.shot("share-listed");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("switch", { name: "Protect with a password" }).check();
    await listed.waitFor({ state: "detached" });
    await page.getByRole("switch", { name: "Protect with a password" }).uncheck();
    await page.getByRole("button", { name: "Change that" }).click();
    await page.getByText("Shares on my public profile").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    await owner.call("PATCH", "/user/setting", { share_links_in_profile: "hide_share" });
    await begin();
    await tour.still();
    expect(await listed.count()).toBe(0);
    await tour.end();
  });

  it("of one file show it alone, and read it", async () => {
    number += 1;
    const owner = await on.register(`single${number}`);
    await owner.put("letter.txt", "dear friend");
    const link = (await owner.call("PUT", "/share", { uri: uriOf("letter.txt") })) as string;
    const tour = await on.visit({ size });
    await tour.open(new URL(link).pathname);
    await tour.page.getByRole("heading", { name: "letter.txt" }).waitFor();
    await tour.shot("share-single");
    expect(await tour.findings()).toEqual([]);
    const [download] = await Promise.all([tour.page.waitForEvent("download"), tour.page.getByRole("button", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe("letter.txt");
    await tour.page.getByRole("button", { name: "Open" }).click();
    await tour.page.getByText("dear friend").waitFor();
    await tour.end();
  });
});
