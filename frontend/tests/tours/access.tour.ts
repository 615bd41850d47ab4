/** Every page and dialog, in light and dark: no serious barrier, nothing wider than the screen. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pdf, png } from "../samples";
import { Person, type Server, startServer, uriOf } from "../server";
import { launch, SIZES, type Visit, visit } from "../tour";

let browser: Browser;
let server: Server;
/** Administrators may do everything from the start, so all actions are there. */
let person: Person;
let links: { folder: string; file: string; locked: string; inbox: string };
let wiki: string;

beforeAll(async () => {
  browser = await launch();
  server = await startServer();
  person = await Person.register(server.base, "walker");
  await person.folder("Trip");
  await person.put("Trip/README.md", "# A trip\n\nSome *text* with a [link](https://example.com).\n");
  await person.put("photo.png", png(60, 40, [30, 90, 200]));
  await person.put("notes.md", "# Notes\n");
  await person.put("plain.txt", "plain text\n");
  await person.put("paper.pdf", pdf());
  await person.put("unknown.xyz", "?");
  await person.put("gone.txt", "gone");
  await person.call("DELETE", "/file", { uris: [uriOf("gone.txt")] });
  await person.call("PUT", "/devices/dav", { uri: uriOf("Trip"), name: "Laptop", readonly: true });
  const share = async (path: string, more: object = {}) => new URL((await person.call("PUT", "/share", { uri: uriOf(path), ...more })) as string).pathname;
  links = {
    folder: await share("Trip", { show_readme: true, expire: 86_400 }),
    file: await share("photo.png", { downloads: 5 }),
    locked: (await share("notes.md", { is_private: true, password: "secret" })).replace("/secret", ""),
    inbox: await share("Trip", { permissions: { everyone: "BA==" } }),
  };
  const printed = await server.command("app", "add", "Wiki", "--redirect", "https://wiki.example/", "--scope", "openid profile Files.Read");
  wiki = /client_id\W+([0-9a-f-]{36})/.exec(printed)?.[1] ?? "";
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Checks what is shown, in both themes. */
async function check(tour: Visit, name: string) {
  for (const scheme of ["light", "dark"] as const) {
    await tour.theme(scheme);
    expect(await tour.findings(), `${name}, ${scheme}`).toEqual([]);
    await tour.shot(`access-${name}-${scheme}`);
  }
  await tour.theme("light");
}

interface Place {
  name: string;
  path: string | (() => string);
  /** What is there once the page is. */
  shown: (tour: Visit) => Promise<unknown>;
}

const heading = (name: string | RegExp) => (tour: Visit) => tour.page.getByRole("heading", { name }).first().waitFor();
const entry = (name: string) => (tour: Visit) => tour.entry(name).waitFor();
const text = (said: string | RegExp) => (tour: Visit) => tour.page.getByText(said).filter({ visible: true }).first().waitFor();
const at = (uri: string) => `/home?${new URLSearchParams({ path: uri })}`;
const opened = (name: string) => `/home?${new URLSearchParams({ open: uriOf(name) })}`;

const FOR_VISITORS: Place[] = [
  { name: "sign-in", path: "/session", shown: heading("Sign in") },
  { name: "sign-up", path: "/session/signup", shown: heading("Sign up") },
  { name: "reset", path: "/session/reset", shown: heading("Reset password") },
  { name: "new-password", path: "/session/reset?id=abc&secret=def", shown: heading("New password") },
  { name: "activation", path: "/session/activate?id=abc&sign=def", shown: (tour) => tour.page.getByRole("alert").waitFor() },
  { name: "provider", path: "/callback/openid/2?error=access_denied&state=x", shown: (tour) => tour.page.getByRole("alert").waitFor() },
  { name: "share-folder", path: () => links.folder, shown: heading("A trip") },
  { name: "share-file", path: () => links.file, shown: heading("photo.png") },
  { name: "share-locked", path: () => links.locked, shown: heading("notes.md") },
  { name: "share-inbox", path: () => links.inbox, shown: heading("Trip") },
  { name: "share-gone", path: "/s/nosuchshare", shown: text("does not exist") },
  { name: "profile", path: () => `/profile/${person.signedIn.user.id}`, shown: heading("walker") },
  { name: "lost", path: "/nowhere/at/all", shown: heading("There is nothing here") },
];

const FOR_MEMBERS: Place[] = [
  { name: "files", path: "/home", shown: entry("photo.png") },
  { name: "folder", path: at(uriOf("Trip")), shown: entry("README.md") },
  { name: "missing", path: at(uriOf("Nowhere")), shown: (tour) => tour.page.getByRole("alert").waitFor() },
  { name: "trash", path: at("cloudreve://trash"), shown: entry("gone.txt") },
  { name: "shared-with-me", path: at("cloudreve://shared_with_me"), shown: text("Nothing has been shared with you") },
  { name: "photos", path: at("cloudreve://my/?category=image"), shown: entry("photo.png") },
  { name: "shares", path: "/shares", shown: text("Anyone with the link") },
  { name: "tasks", path: "/tasks", shown: text("Nothing has been done in the background yet") },
  { name: "tasks-downloads", path: "/tasks?tab=downloads", shown: text("Nothing has been downloaded yet") },
  { name: "devices", path: "/connect", shown: text("Laptop") },
  ...["profile", "security", "appearance", "storage"].map((tab) => ({ name: `settings-${tab}`, path: `/settings?tab=${tab}`, shown: (tour: Visit) => tour.page.getByRole("tabpanel").getByRole("heading").first().waitFor() })),
  { name: "consent", path: () => `/session/authorize?response_type=code&client_id=${wiki}&redirect_uri=https://wiki.example/&scope=openid+profile+Files.Read`, shown: heading("Allow Wiki?") },
  { name: "accounts", path: "/session", shown: heading("Choose an account") },
  { name: "desktop", path: "/callback/desktop?code=x&state=y", shown: heading("Open the desktop client") },
  { name: "view-image", path: opened("photo.png"), shown: (tour) => tour.page.getByRole("dialog").waitFor() },
  { name: "view-text", path: opened("plain.txt"), shown: text("plain text") },
  { name: "view-markdown", path: opened("notes.md"), shown: heading("Notes") },
  { name: "view-pdf", path: opened("paper.pdf"), shown: (tour) => tour.page.locator("canvas").first().waitFor() },
  { name: "view-unknown", path: opened("unknown.xyz"), shown: text("There is no viewer") },
];

/** Opened from the file list, by what the menu of a file calls them. */
const ITEM_DIALOGS = ["Rename", "Move to…", "Copy to…", "Share", "Tags and look…", "Open with…", "Delete"];
const DIALOGS: { name: string; path: string; open: (tour: Visit) => Promise<unknown> }[] = [
  { name: "two-factor", path: "/settings?tab=security", open: (tour) => tour.page.getByRole("button", { name: "Turn on" }).click() },
  { name: "device", path: "/connect", open: (tour) => tour.page.getByRole("button", { name: "Change Laptop" }).click() },
  { name: "device-remove", path: "/connect", open: (tour) => tour.page.getByRole("button", { name: "Remove Laptop" }).click() },
  { name: "empty-trash", path: at("cloudreve://trash"), open: (tour) => tour.page.getByRole("button", { name: "Empty trash" }).click() },
  ...["QR code", "Change…", "Remove link"].map((action) => ({
    name: `share-${action.toLowerCase().replace(/\W/g, "")}`,
    path: "/shares",
    open: async ({ page }: Visit) => {
      await page.getByRole("button", { name: "Actions for photo.png" }).click();
      await page.getByRole("menuitem", { name: action }).click();
    },
  })),
];

describe.each(SIZES)("pages and dialogs, at a $name", (size) => {
  it.each(FOR_VISITORS)("have no serious barrier for visitors: $name", async ({ name, path, shown }) => {
    const tour = await visit(browser, server.base, { size });
    await tour.open(typeof path === "string" ? path : path());
    await shown(tour);
    await check(tour, name);
    await tour.end();
  });

  it.each(FOR_MEMBERS)("have no serious barrier for members: $name", async ({ name, path, shown }) => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(typeof path === "string" ? path : path());
    await shown(tour);
    await check(tour, name);
    await tour.end();
  });

  it.each(DIALOGS)("have no serious barrier in dialogs: $name", async ({ name, path, open }) => {
    const tour = await visit(browser, server.base, { size, person });
    await tour.open(path);
    await open(tour);
    await tour.page.getByRole("dialog").waitFor();
    await tour.page.getByRole("dialog").getByRole("button").last().waitFor();
    await check(tour, `dialog-${name}`);
    await tour.end();
  });

  it("have no serious barrier in what is done with files", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("photo.png").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Rename" }).waitFor();
    await check(tour, "menu");
    await page.keyboard.press("Escape");
    for (const action of ITEM_DIALOGS.slice(0, -1)) {
      await tour.entry("photo.png").click({ button: "right" });
      await page.getByRole("menuitem", { name: action, exact: false }).first().click();
      await page.getByRole("dialog").getByRole("button").last().waitFor();
      await check(tour, `dialog-${action.toLowerCase().replace(/\W/g, "")}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    // A phone has no room for its button beside the path.
    if (size.touch) await tour.choose("photo.png", "Details");
    else await page.getByRole("button", { name: "Details" }).first().click();
    await page.getByRole("complementary", { name: "Details" }).waitFor();
    await check(tour, "details");
    await tour.end();
  });

  it("have no serious barrier in menus, the search and the palette", async () => {
    const tour = await visit(browser, server.base, { size, person });
    const { page } = tour;
    await tour.open();
    await entry("photo.png")(tour);
    for (const name of [/^Account of/, /^New$/, /^View options$/]) {
      await page.getByRole("button", { name }).first().click();
      const opened = page.getByRole("menu").or(page.getByRole("dialog"));
      await opened.waitFor();
      await check(tour, `menu-${name.source.replace(/\W/g, "").toLowerCase()}`);
      await page.keyboard.press("Escape");
      await opened.waitFor({ state: "detached" });
    }
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Find a file or a command…").waitFor();
    await check(tour, "palette");
    await page.keyboard.press("Escape");
    if (size.touch) {
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("navigation", { name: "Places" }).waitFor();
      await check(tour, "sidebar");
    }
    await tour.end();
  });
});
