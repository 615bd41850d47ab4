/** The console of administrators. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Locator } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit } from "../tour";

let administrator: Person;
const on = stage(async (made) => (administrator = await made.register("administrator")));

const PAGES = ["overview", "settings", "users", "groups", "policies", "health", "nodes", "files", "blobs", "shares", "tasks", "apps", "events"];
let number = 0;

describe.each(SIZES)("the console, at a $name", (size) => {
  let tour: Visit;
  let bob: Person;
  beforeEach(async () => {
    number += 1;
    bob = await on.register(`bob${number}`);
    tour = await on.visit({ size, person: administrator });
  });

  /** A row of a list, or its card. */
  const row = (name: string) => tour.page.locator("[data-row]").filter({ hasText: name });
  const open = async (name: string) => {
    const found = row(name).first();
    await found.waitFor();
    await (size.touch ? found.getByRole("button").click() : found.click());
    await tour.page.getByRole("dialog").waitFor();
  };
  const ready = () => tour.page.getByRole("heading", { level: 1 }).first().waitFor();

  it("has no serious barrier on any page, in light and dark", async () => {
    await bob.put("/plan.txt", "the plan");
    for (const page of PAGES) {
      await tour.open(`/admin/${page}`);
      await ready();
      // Whatever is asked for is there: a stream of news keeps the network busy now and then.
      await tour.page.waitForFunction(() => !document.querySelector(".mantine-Loader-root"));
      await tour.theme("light");
      expect(await tour.findings(), page).toEqual([]);
      await tour.shot(`admin-${page}`);
      await tour.theme("dark");
      expect(await tour.findings(), page).toEqual([]);
      await tour.shot(`admin-${page}-dark`);
    }
    await tour.end();
  });

  it("speaks Chinese", async () => {
    const chinese = await on.visit({ size, person: administrator, locale: "zh-CN" });
    await chinese.open("/admin/users");
    await chinese.page.getByRole("heading", { name: "用户", level: 1 }).waitFor();
    await chinese.shot("admin-users-zh");
    await chinese.end();
    await tour.end();
  });

  it("closes the registration", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=register_enabled");
    const anybody = page.getByRole("switch", { name: "Anybody may register" });
    await anybody.uncheck({ force: true });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved; in force now").waitFor();
    const config = (await bob.call("GET", "/site/config/login")) as { register_enabled?: boolean };
    expect(config.register_enabled ?? false).toBe(false);
    await administrator.call("PATCH", "/admin/settings", { settings: { register_enabled: "1" } });
    await tour.end();
  });

  it("says which value makes no sense, and keeps what was typed", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=siteURL");
    await page.getByRole("textbox", { name: "Addresses of the site" }).fill("no address");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("wants web addresses between commas").waitFor();
    await page.getByRole("alert").getByText("one value makes no sense").waitFor();
    await page.getByText("1 change", { exact: true }).waitFor();
    await tour.shot("admin-setting-wrong");
    if (!size.touch) {
      // It is not left by accident.
      await page.getByRole("link", { name: "Groups", exact: true }).click();
      await page.getByRole("dialog", { name: "Leave without saving" }).getByRole("button", { name: "Cancel" }).click();
    }
    expect(await page.getByRole("textbox", { name: "Addresses of the site" }).inputValue()).toBe("no address");
    await page.getByRole("button", { name: "Discard" }).click();
    await tour.end();
  });

  it("refuses a number that is too small, instead of another one in its place", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=queue_thumb_worker_num");
    const workers = page.getByRole("textbox", { name: /^Thumbnails: workers/ });
    await workers.fill("0");
    await workers.blur();
    await page.getByText("This has to be a number, 1 or more.").waitFor();
    expect(await workers.inputValue()).toBe("0");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("one value makes no sense").waitFor();
    await tour.shot("admin-setting-too-small");
    await page.getByRole("button", { name: "Discard" }).click();
    await tour.end();
  });

  it("shows what somebody else has set meanwhile before it is replaced", async () => {
    const { page } = tour;
    const name = `Attic ${number}`;
    await tour.open("/admin/settings?q=siteDes");
    const field = page.getByRole("textbox", { name: /^Description/ });
    await field.fill(`Mine ${number}`);
    await administrator.call("PATCH", "/admin/settings", { settings: { siteDes: name } });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(`Somebody else has set this to: ${name}`).waitFor();
    expect(await field.inputValue()).toBe(`Mine ${number}`);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved; in force now").waitFor();
    await tour.end();
  });

  it("counts everything anew", async () => {
    const { page } = tour;
    await tour.open("/admin/overview");
    await page.getByText(/^Counted /).waitFor();
    const anew = page.waitForResponse((answer) => answer.url().includes("max_age=0"));
    await page.getByRole("button", { name: "Count anew" }).click();
    expect((await anew).status()).toBe(200);
    await tour.end();
  });

  it("invites somebody, who chooses a password", async () => {
    const { page } = tour;
    const email = `dora${number}@example.com`;
    await tour.open("/admin/users?size=100");
    await page.getByRole("button", { name: "Invite" }).click();
    const form = page.getByRole("dialog", { name: "Invite" });
    await form.getByLabel("E-mail").fill(email);
    await form.getByRole("button", { name: "Send" }).click();
    await page.getByText("The invitation is on its way").waitFor();
    await row(email).first().waitFor();
    await tour.end();
  });

  it("saves a group once something has changed, and says so", async () => {
    const { page } = tour;
    await tour.open("/admin/groups");
    await open("User");
    const save = page.getByRole("button", { name: "Save" });
    const links = page.getByRole("textbox", { name: /^Links downloaded at a time/ });
    await links.waitFor();
    expect(await save.isDisabled()).toBe(true);
    const most = Number(await links.inputValue()) + 4;
    await links.fill(String(most));
    await tour.shot("admin-group");
    await save.click();
    await page.getByText("Saved; in force now").waitFor();
    await expect.poll(() => save.isDisabled()).toBe(true);
    const stored = (await administrator.call("GET", "/admin/group/2")) as { settings: { aria2_batch?: number } };
    expect(stored.settings.aria2_batch).toBe(most);
    await tour.end();
  });

  it("adds a group with 5 GB, and a user to it", async () => {
    const { page } = tour;
    const [group, email] = [`Guests ${number}`, `carol${number}@example.com`];
    await tour.open("/admin/groups");
    await page.getByRole("button", { name: "New group" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name", { exact: false }).first().fill(group);
    await form.getByLabel("Quota").fill("5");
    await form.getByRole("button", { name: "Create" }).click();
    await row(group).getByText("5 GB").first().waitFor();
    // Groups that arrive after the form is there can be chosen, too.
    let answer = () => {};
    const isOpen = new Promise<void>((settle) => (answer = settle));
    await page.route("**/api/v4/admin/group", (route) => isOpen.then(() => route.continue()));
    await tour.open("/admin/users?size=100");
    await page.getByRole("button", { name: "New user" }).click();
    await form.getByLabel("E-mail").fill(email);
    answer();
    await form.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
    await form.getByLabel("Group", { exact: true }).first().click();
    await page.getByRole("option", { name: group }).click();
    await tour.shot("admin-user-new");
    await form.getByRole("button", { name: "Create" }).click();
    await row(email).first().waitFor();
    await page.unroute("**/api/v4/admin/group");
    await tour.end();
  });

  it("bans somebody, who is out at once, and lets them in again", async () => {
    const { page } = tour;
    await tour.open(`/admin/users?user_email=${encodeURIComponent(bob.email)}`);
    await open(bob.email);
    await page.getByRole("button", { name: "Ban", exact: true }).click();
    await page.getByRole("dialog", { name: "Ban" }).getByRole("button", { name: "Ban", exact: true }).click();
    await page.getByRole("button", { name: "Lift the ban" }).waitFor();
    await tour.shot("admin-user");
    await expect(bob.call("GET", "/user/me")).rejects.toThrow();
    await page.getByRole("button", { name: "Lift the ban" }).click();
    await page.getByRole("button", { name: "Ban", exact: true }).waitFor();
    await tour.end();
  });

  it("deletes an account whose name one has to write", async () => {
    const { page } = tour;
    await tour.open(`/admin/users?user_email=${encodeURIComponent(bob.email)}`);
    await open(bob.email);
    await page.getByRole("button", { name: "Delete" }).click();
    const question = page.getByRole("dialog", { name: "Delete" });
    const yes = question.getByRole("button", { name: "Delete" });
    expect(await yes.isDisabled()).toBe(true);
    await question.getByRole("textbox").fill(bob.email);
    await yes.click();
    await page.getByText("Nothing fits these filters").waitFor();
    await tour.end();
  });

  it("says of a task where it comes from and goes", async () => {
    const { page } = tour;
    const name = `plan ${number}`;
    await administrator.put(`/${name}.txt`, "the plan");
    await administrator.call("POST", "/workflow/archive", { src: [uriOf(`${name}.txt`)], dst: uriOf(`${name}.zip`) });
    const long = `Minutes of the meeting about the plan of the northern branch, written down by hand and signed by all ${number}.zip`;
    await administrator.put(`/${long}`, "this is no archive");
    await administrator.call("POST", "/workflow/extract", { src: [uriOf(long)], dst: uriOf("") });
    await tour.open("/admin/tasks");
    const failed = page.locator("[data-row]").filter({ hasText: long }).first();
    const why = failed.getByText("This is no archive that can be extracted here.");
    await why.waitFor();
    await tour.shot("admin-tasks-list");
    if (!size.touch) {
      // What is cut is read whole where it is pointed at; an error of a sentence is not.
      expect((await failed.boundingBox())?.height).toBeLessThan(96);
      await failed.getByTitle(long, { exact: true }).waitFor();
      const isWhole = (text: Locator) => text.evaluate((each) => each.scrollHeight <= each.clientHeight && each.scrollWidth <= each.clientWidth);
      expect(await isWhole(why)).toBe(true);
      expect(await isWhole(failed.getByText(administrator.email, { exact: true }))).toBe(true);
      expect(await page.evaluate(() => [...document.querySelectorAll("*")].some((each) => each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX === "auto"))).toBe(false);
    }
    await tour.open("/admin/tasks?task_type=create_archive");
    const fine = page.locator("[data-row]").filter({ hasText: `${name}.zip` }).first();
    await fine.waitFor();
    // On a card nothing stands for what did not fail.
    if (size.touch) expect(await fine.getByText("Error", { exact: true }).count()).toBe(0);
    await open(`${name}.zip`);
    const drawer = page.getByRole("dialog");
    await drawer.getByText(`/${name}.txt`, { exact: true }).waitFor();
    await drawer.getByText(`/${name}.zip`, { exact: true }).waitFor();
    expect(await drawer.getByText("Stayed where they were").count()).toBe(0);
    await tour.shot("admin-task");
    await tour.end();
  });

  it("finds who deleted a file", async () => {
    const name = `plan${number}.txt`;
    await bob.put(`/${name}`, "the plan");
    await bob.call("DELETE", "/file", { uris: [`cloudreve://my/${name}`], skip_soft_delete: true });
    await tour.open("/admin/events?event_type=15");
    await open(name);
    await tour.page.getByRole("dialog").getByText(bob.email).waitFor();
    await tour.shot("admin-event");
    await tour.end();
  });

  /** Filters are folded away where there is no room. */
  const showFilters = async () => {
    const button = tour.page.getByRole("button", { name: "Filters", exact: true });
    if (size.touch && (await button.getAttribute("aria-expanded")) === "false") await button.click();
  };
  const idOf = async (email: string) => {
    const { users } = (await administrator.call("POST", "/admin/user", { page: 1, page_size: 10, conditions: { user_email: email } })) as { users: { id: number }[] };
    return String(users[0]?.id);
  };

  it("filters files by an owner who is found by name, and by number", async () => {
    const { page } = tour;
    await bob.put(`/of bob ${number}.txt`, "his");
    await administrator.put(`/of another ${number}.txt`, "theirs");
    const id = await idOf(bob.email);
    await tour.open("/admin/files");
    await row(`of another ${number}`).first().waitFor();
    await showFilters();
    const owner = page.getByRole("combobox", { name: "Owner" });
    await owner.fill(bob.email);
    await page.getByRole("option", { name: `<${bob.email}>` }).waitFor();
    await tour.shot("admin-picker");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("option", { name: `<${bob.email}>` }).click();
    await page.waitForURL(new RegExp(`file_user=${id}\\b`));
    await row(`of another ${number}`).waitFor({ state: "detached" });
    await row(`of bob ${number}`).first().waitFor();
    // By a link the name is there, too; another one can be written by number.
    await page.reload();
    await page.waitForFunction((email) => [...document.querySelectorAll("input")].some(({ value }) => value.includes(`<${email}>`)), bob.email);
    await tour.shot("admin-picked");
    await owner.fill(await idOf(administrator.email));
    await owner.press("Enter");
    await row(`of another ${number}`).first().waitFor();
    await tour.end();
  });

  it("filters users by a group, and blobs by a storage policy, by name", async () => {
    const { page } = tour;
    await tour.open("/admin/users");
    await row(administrator.email).first().waitFor();
    await showFilters();
    await page.getByRole("combobox", { name: "Group" }).fill("Adm");
    await page.getByRole("option").first().click();
    await page.waitForURL(/user_group=1\b/);
    await row(bob.email).waitFor({ state: "detached" });
    await row(administrator.email).first().waitFor();
    await tour.open("/admin/blobs?entity_policy=1");
    await page.waitForFunction(() => [...document.querySelectorAll("input")].some(({ value }) => value && !value.startsWith("#") && /default/i.test(value)));
    await tour.end();
  });

  it("asks for entries between two moments, and by a part of the path", async () => {
    const { page } = tour;
    await tour.open("/admin/events");
    await row(bob.email).first().waitFor();
    await showFilters();
    const asked = (name: string) => page.waitForRequest((request) => request.url().endsWith("/admin/event") && Boolean(request.postDataJSON().conditions[name]));
    const since = asked("event_since");
    await page.getByLabel("From", { exact: true }).fill("2026-01-02T03:04");
    expect((await since).postDataJSON().conditions.event_since).toMatch(/^2026-01-0\d{1}T\d\d:04:00\.000Z$/);
    const until = asked("event_until");
    await page.getByLabel("Until", { exact: true }).fill("2126-01-02T03:04");
    await until;
    const path = asked("event_path");
    await page.getByLabel("Path contains").fill("plan");
    expect(Object.keys((await path).postDataJSON().conditions).sort()).toEqual(["event_path", "event_since", "event_until"]);
    await page.waitForURL(/event_path=plan/);
    await page.reload();
    await page.waitForFunction(() => [...document.querySelectorAll("input")].some(({ value }) => value === "2026-01-02T03:04"));
    await tour.theme("light");
    expect(await tour.findings()).toEqual([]);
    await tour.shot("admin-events-filtered");
    await tour.end();
  });

  it("saves all entries that fit as JSON lines and as CSV, and says why if it cannot", async () => {
    const { page } = tour;
    const url = "/api/v4/admin/event/export";
    await bob.put("/exported.txt", "a");
    await tour.open("/admin/events?event_type=10");
    await row("exported.txt").first().waitFor();
    const exportAs = async (name: string) => {
      await page.getByRole("button", { name: "Export", exact: true }).click();
      await tour.shot("admin-export");
      await page.getByRole("menuitem", { name }).first().click();
    };
    for (const [name, format] of [["JSON lines", "jsonl"], ["CSV", "csv"]] as const) {
      const [asked, saved] = await Promise.all([page.waitForRequest(`**${url}`), page.waitForEvent("download"), exportAs(name)]);
      expect(asked.postDataJSON()).toEqual({ conditions: { event_type: "10" }, format });
      expect(saved.suggestedFilename()).toBe(`audit.${format}`);
      expect(await readFile((await saved.path()) ?? "", "utf8")).toContain("/exported.txt");
    }
    await page.route(`**${url}`, (route) => route.fulfill({ contentType: "application/json; charset=utf-8", body: '{"code":50001,"msg":"the database is busy"}' }));
    await exportAs("CSV");
    await page.getByRole("alert").filter({ hasText: /./ }).first().waitFor();
    await tour.end();
  });

  it("shows a letter as its reader sees it while it is written, and keeps the other languages", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=mail_reset_template");
    const letter = page.getByRole("group", { name: /^Letter: a new password/ });
    await letter.getByRole("tab", { name: "de-DE" }).click();
    const sheet = page.frameLocator('iframe[title="Preview in de-DE"]');
    await sheet.getByText("administrator").first().waitFor();
    for (const scheme of ["dark", "light"] as const) {
      await tour.theme(scheme);
      await page.locator("iframe").scrollIntoViewIfNeeded();
      await tour.shot(`admin-letter-${scheme}`);
    }
    await letter.getByRole("textbox", { name: "Subject" }).fill("Hallo {{ .User.Nick }}");
    await letter.getByRole("textbox", { name: "Body (HTML)" }).fill("<p>Liebe {{ .User.Nick }}, {{ .Odd }}</p><script>document.body.textContent = 'ran'</script>");
    await letter.getByText("Hallo administrator").waitFor();
    await sheet.getByText("Liebe administrator,").waitFor();
    await letter.getByText("Nothing stands for .Odd").waitFor();
    expect(await tour.findings()).toEqual([]);
    await letter.getByRole("radiogroup").getByText("JSON", { exact: true }).click();
    const kept = JSON.parse(await letter.getByRole("textbox").inputValue()) as { language: string; title: string }[];
    expect(kept.find(({ language }) => language === "de-DE")?.title).toBe("Hallo {{ .User.Nick }}");
    expect(kept).toHaveLength(11);
    await page.getByRole("button", { name: "Discard" }).click();
    // What signs people in for tours runs in every frame, and this one has no storage.
    const others = tour.crashes.filter((crash) => !crash.includes("The document is sandboxed"));
    expect(others).toEqual([]);
    tour.crashes.length = 0;
    await tour.end();
  });

  it("shows the colours of themes, and lets one of them be the default", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=theme");
    await page.getByRole("listitem").filter({ hasText: "#3f51b5" }).getByRole("img", { name: /^Dark: #9fa8da/ }).waitFor();
    const colour = page.getByRole("textbox", { name: "Colour of the site" });
    await colour.click();
    await page.getByRole("button", { name: "#3f51b5" }).click();
    expect(await colour.inputValue()).toBe("#3f51b5");
    await page.getByRole("listitem").filter({ hasText: "#3f51b5" }).getByText("Default").waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await tour.theme(scheme);
      expect(await tour.findings()).toEqual([]);
      await page.getByRole("list", { name: "How the colours look" }).scrollIntoViewIfNeeded();
      await tour.shot(`admin-themes-${scheme}`);
    }
    await tour.end();
  });

  it("shows a captcha as it is saved, and another one", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?section=captcha");
    const picture = page.getByRole("img", { name: "A captcha as visitors get it" });
    await picture.waitFor();
    const first = await picture.getAttribute("src");
    await page.getByRole("button", { name: "Draw another one" }).click();
    await page.waitForFunction((before) => [...document.querySelectorAll("img")].some(({ alt, src }) => alt.startsWith("A captcha") && src !== before), first);
    expect(await tour.findings()).toEqual([]);
    await tour.shot("admin-captcha");
    await tour.end();
  });

  it("says how long and how large a setting is while it is typed", async () => {
    const { page } = tour;
    await tour.open("/admin/settings?q=archive_");
    await page.getByRole("textbox", { name: "Largest archive looked into (bytes)" }).fill("26214400");
    await page.getByText("archive_max_size · 25 MB").waitFor();
    await page.getByRole("textbox", { name: "Life of a link to an archive (seconds)" }).fill("5400");
    await page.getByText("archive_timeout · 1 hour 30 minutes").waitFor();
    await tour.shot("admin-units");
    await tour.end();
  });

  /** The dialog in which a policy is made. */
  const wizard = () => tour.page.getByRole("dialog", { name: "New policy" });
  const begin = async (kind: string) => {
    await tour.open("/admin/policies");
    await tour.page.getByRole("button", { name: "New policy" }).click();
    await wizard().locator("[data-kind]").first().waitFor();
    await wizard().locator(`[data-kind="${kind}"]`).click();
    await wizard().getByText("How is it reached?").waitFor();
  };
  const next = () => wizard().getByRole("button", { name: "Next" }).click();

  it("makes a storage policy step by step, and tries it first", async () => {
    const name = `Second disk ${number}`;
    await tour.open("/admin/policies");
    await tour.page.getByRole("button", { name: "New policy" }).click();
    await wizard().getByText("Where are the bytes to go?").waitFor();
    // What this server has no driver for is not offered.
    expect(await wizard().locator('[data-kind="upyun"]').count()).toBe(0);
    await tour.look("admin-policy-1");
    await begin("local");
    await wizard().getByLabel("Name", { exact: false }).first().fill(name);
    await next();
    const example = wizard().locator("[data-example]");
    await wizard().getByRole("textbox", { name: "Name of blobs" }).fill("{originname}");
    await wizard().getByText("One of both rules needs").waitFor();
    await next();
    await wizard().getByText("Which files, and under what names?").waitFor();
    await wizard().getByRole("textbox", { name: "Name of blobs" }).fill("{randomkey8}{ext}");
    await example.getByText(/^uploads\/1\/photos\/\w{8}\.jpg$/).waitFor();
    await tour.look("admin-policy-3");
    await next();
    await tour.look("admin-policy-4");
    await wizard().getByRole("button", { name: "Test and create" }).click();
    await row(name).first().waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("keeps a storage policy whose storage cannot be reached, if one insists", async () => {
    const name = `Bucket ${number}`;
    await begin("s3");
    await tour.look("admin-policy-2");
    await wizard().getByLabel("Name", { exact: false }).first().fill(name);
    await next();
    // The browser asks for what is missing.
    await wizard().getByText("How is it reached?").waitFor();
    await wizard().getByLabel("Endpoint").fill("http://127.0.0.1:9");
    await wizard().getByLabel("Region").fill("eu-central-1");
    await wizard().getByRole("textbox", { name: "Bucket" }).fill("my files");
    await wizard().getByLabel("Access key ID").fill("AK1");
    await wizard().getByRole("textbox", { name: "Secret access key" }).fill("S3CRET");
    await next();
    // What is no name of a bucket is told where it is written.
    await wizard().getByText("3 to 63 small letters").waitFor();
    await wizard().getByText("How is it reached?").waitFor();
    await tour.look("admin-policy-wrong");
    await wizard().getByRole("textbox", { name: "Bucket" }).fill("my-files");
    await next();
    await wizard().getByRole("switch", { name: "Downloads through a CDN" }).check();
    await wizard().getByRole("textbox", { name: "Address of the CDN" }).fill("cdn.example.com");
    await next();
    await wizard().getByText("A whole address, such as https://cdn.example.com").waitFor();
    await wizard().getByRole("textbox", { name: "Address of the CDN" }).fill("https://cdn.example.com");
    await next();
    await wizard().getByRole("button", { name: "Test and create" }).click();
    const refused = wizard().getByRole("alert");
    await refused.getByText("127.0.0.1:9").waitFor();
    await tour.look("admin-policy-refused");
    await refused.getByRole("button", { name: "Back to the connection" }).click();
    expect(await wizard().getByRole("textbox", { name: "Bucket" }).inputValue()).toBe("my-files");
    await next();
    await next();
    await wizard().getByRole("button", { name: "Test and create" }).click();
    await refused.getByRole("button", { name: "Create anyway" }).click();
    await row(name).first().waitFor();
    const listed = (await administrator.call("POST", "/admin/policy", { page: 1, page_size: 100 })) as { policies: { name: string; settings: Record<string, unknown> }[] };
    const kept = listed.policies.find((policy) => policy.name === name)?.settings;
    expect(kept).toMatchObject({ region: "eu-central-1", chunk_size: 26_214_400, thumb_generator_proxy: true });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("changes a storage policy, and keeps settings that it does not know", async () => {
    const name = `Vendor ${number}`;
    const policy = { id: 0, name, type: "oss", server: "oss-cn-hangzhou.aliyuncs.com", bucket_name: "b", access_key: "AK", secret_key: "SK", dir_name_rule: "{uid}", file_name_rule: "{uuid}", settings: { of_tomorrow: 7, region: "cn-hangzhou" } };
    const made = (await administrator.call("PUT", "/admin/policy", { policy })) as { id: number };
    await tour.open("/admin/policies?size=100");
    await open(name);
    await tour.page.getByRole("button", { name: "Edit" }).click();
    const form = tour.page.getByRole("dialog", { name }).last();
    await form.getByLabel("Internal endpoint").fill("oss-cn-hangzhou-internal.aliyuncs.com");
    await form.getByLabel("Extensions", { exact: true }).fill("jpg,png,");
    await tour.look("admin-policy-edit");
    await form.getByRole("button", { name: "Save" }).click();
    await tour.page.getByText("Done").first().waitFor();
    const now = (await administrator.call("GET", `/admin/policy/${made.id}`)) as { settings: Record<string, unknown> };
    expect(now.settings).toMatchObject({ of_tomorrow: 7, server_side_endpoint: "oss-cn-hangzhou-internal.aliyuncs.com", file_type: ["jpg", "png"] });
    expect(now.settings).not.toHaveProperty("native_media_processing");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("spreads new files over several storage policies, in proportion", async () => {
    const name = `Both ${number}`;
    const disk = { id: 0, type: "local", file_name_rule: "{uuid}", settings: {} };
    const made = [];
    for (const part of ["One", "Two"]) made.push((await administrator.call("PUT", "/admin/policy", { policy: { ...disk, name: `${part} of ${number}` } })) as { id: number });
    await begin("load_balance");
    await wizard().getByLabel("Name", { exact: false }).first().fill(name);
    for (const part of ["One", "Two"]) await wizard().getByRole("checkbox", { name: `${part} of ${number}` }).check();
    await wizard().getByRole("textbox", { name: `Weight of Two of ${number}` }).fill("3");
    await wizard().getByText("75%").waitFor();
    await tour.look("admin-policy-spread");
    await next();
    await wizard().getByRole("button", { name: "Test and create" }).click();
    await row(name).first().waitFor();
    const listed = (await administrator.call("POST", "/admin/policy", { page: 1, page_size: 1000 })) as { policies: { name: string; settings: Record<string, unknown> }[] };
    const [one, two] = made.map(({ id }) => id);
    expect(listed.policies.find((policy) => policy.name === name)?.settings.children).toEqual([
      { policy_id: one, weight: 1 },
      { policy_id: two, weight: 3 },
    ]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("puts a variable of a storage policy where the cursor is", async () => {
    const { page } = tour;
    await begin("local");
    await next();
    const rule = wizard().getByRole("textbox", { name: "Folder of blobs" });
    await rule.fill("a//b");
    await rule.press("ArrowLeft");
    await rule.press("ArrowLeft");
    await wizard().getByRole("button", { name: "Insert a variable: Folder of blobs" }).click();
    await page.getByRole("menuitem", { name: "{year}" }).waitFor();
    await tour.look("admin-policy-variables");
    await page.getByRole("menuitem", { name: "{year}" }).click();
    await wizard().locator("[data-example]").getByText(/^a\/\d{4}\/b\//).waitFor();
    expect(await rule.inputValue()).toBe("a/{year}/b");
    await page.keyboard.type("x");
    expect(await rule.inputValue()).toBe("a/{year}x/b");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("says why the CORS rules of a storage policy cannot be set", async () => {
    const name = `Cross ${number}`;
    const policy = { id: 0, name, type: "cos", server: "https://b-1.cos.ap-guangzhou.myqcloud.com", bucket_name: "b-1", access_key: "AK", secret_key: "SK", file_name_rule: "{uuid}" };
    await administrator.call("PUT", "/admin/policy", { policy });
    await tour.open("/admin/policies?size=100");
    await open(name);
    await tour.page.getByRole("button", { name: "Set CORS rules" }).click();
    await tour.page.getByText("The CORS rules could not be set").waitFor();
    await tour.shot("admin-policy-cors");
    await tour.end();
  });

  it("makes a node, says what it is good for, and keeps its downloaders apart", async () => {
    const { page } = tour;
    const name = `Helper ${number}`;
    await tour.open("/admin/nodes?size=100");
    await page.getByRole("button", { name: "New node" }).click();
    const form = page.getByRole("dialog", { name: "New node" });
    await form.getByRole("textbox", { name: "Name" }).fill(name);
    await form.getByRole("textbox", { name: "Address" }).fill("https://node.example.com");
    expect(await form.getByRole("textbox", { name: "RPC address" }).count()).toBe(0);
    const key = await form.getByLabel("Shared key").inputValue();
    await form.getByRole("button", { name: "Copy" }).click();
    await form.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    expect(key).toHaveLength(64);
    await form.getByRole("checkbox", { name: "Extracts archives" }).check();
    await form.getByRole("checkbox", { name: "Downloads from elsewhere" }).check();
    // The one built in needs nothing more.
    expect(await form.getByRole("combobox", { name: "Downloader" }).inputValue()).toBe("Built in");
    expect(await form.getByRole("textbox", { name: "RPC address" }).count()).toBe(0);
    await form.getByRole("switch", { name: "Check addresses" }).waitFor();
    await form.getByRole("combobox", { name: "Downloader" }).click();
    await page.getByRole("option", { name: "aria2" }).click();
    await form.getByRole("textbox", { name: "RPC address" }).fill("http://127.0.0.1:6800/jsonrpc");
    await form.getByRole("textbox", { name: "RPC secret" }).fill("s3cret");
    await tour.look("admin-node-new");
    await form.getByRole("button", { name: "Create" }).click();
    // Saved all the same: the program may only be away.
    await form.getByText("Saved, but aria2 cannot be used like this").waitFor();
    await form.getByText("aria2 does not answer").waitFor();
    await tour.look("admin-node-away");
    await form.getByRole("button", { name: "Close" }).last().click();
    await form.waitFor({ state: "hidden" });
    await open(name);
    await page.getByRole("button", { name: "Edit" }).click();
    const edit = page.getByRole("dialog", { name }).last();
    await edit.getByRole("combobox", { name: "Downloader" }).click();
    await page.getByRole("option", { name: "qBittorrent" }).click();
    await edit.getByRole("textbox", { name: "Address of the Web UI" }).fill("http://127.0.0.1:8080");
    await edit.getByRole("button", { name: "Save" }).click();
    await edit.getByText("Saved, but qBittorrent cannot be used like this").waitFor();
    await edit.getByRole("button", { name: "Close" }).last().click();
    await edit.waitFor({ state: "hidden" });
    const listed = (await administrator.call("POST", "/admin/node", { page: 1, page_size: 100 })) as { nodes: { name: string; capabilities: string; settings: object }[] };
    const made = listed.nodes.find((node) => node.name === name);
    expect(atob(made?.capabilities ?? "").charCodeAt(0)).toBe(0b1100);
    expect(made?.settings).toMatchObject({ provider: "qbittorrent", aria2: { server: "http://127.0.0.1:6800/jsonrpc", token: "s3cret" }, qbittorrent: { server: "http://127.0.0.1:8080" } });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("says of a downloader whose password is wrong that it is, as soon as it is saved, and that it is right once it is", async () => {
    const { page } = tour;
    const name = `Downloads ${number}`;
    const aria2 = createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => (body += piece));
      request.on("end", () => {
        const { id, params } = JSON.parse(body) as { id: string; params: string[] };
        const right = params[0] === "token:right";
        const answer = right ? { result: { version: "1.37.0", enabledFeatures: [] } } : { error: { code: 1, message: "Unauthorized" } };
        response.writeHead(right ? 200 : 400, { "Content-Type": "application/json" }).end(JSON.stringify({ id, jsonrpc: "2.0", ...answer }));
      });
    });
    await new Promise<void>((resolve) => aria2.listen(0, "127.0.0.1", resolve));
    const address = aria2.address();
    const server = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    await tour.open("/admin/nodes?size=100");
    await page.getByRole("button", { name: "New node" }).click();
    const form = page.getByRole("dialog", { name: "New node" });
    await form.getByRole("textbox", { name: "Name" }).fill(name);
    await form.getByRole("textbox", { name: "Address" }).fill("https://node.example.com");
    await form.getByRole("checkbox", { name: "Downloads from elsewhere" }).check();
    await form.getByRole("combobox", { name: "Downloader" }).click();
    await page.getByRole("option", { name: "aria2" }).click();
    await form.getByRole("textbox", { name: "RPC address" }).fill(server);
    await form.getByRole("textbox", { name: "RPC secret" }).fill("wrong");
    await form.getByRole("button", { name: "Create" }).click();
    await form.getByText("aria2 refuses the password that this site has for it.").waitFor();
    expect(await form.getByText("aria2 refuses the password").evaluate((text) => text.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    await tour.look("admin-node-refused");
    await form.getByRole("textbox", { name: "RPC secret" }).fill("right");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("Saved, and it can be used").waitFor();
    await form.getByText("1.37.0").waitFor();
    await tour.look("admin-node-works");
    await form.getByRole("button", { name: "Close" }).last().click();
    await form.waitFor({ state: "hidden" });
    // It is one node, which was changed.
    const listed = (await administrator.call("POST", "/admin/node", { page: 1, page_size: 100 })) as { nodes: { name: string; settings: { aria2?: { token?: string } } }[] };
    expect(listed.nodes.filter((node) => node.name === name).map(({ settings }) => settings.aria2?.token)).toEqual(["right"]);
    expect(tour.barriers).toEqual([]);
    aria2.closeAllConnections();
    aria2.close();
    await tour.end();
  });

  it("is not there for others", async () => {
    const theirs = await on.visit({ size, person: bob });
    await theirs.open("/admin/users");
    await theirs.page.getByText("There is nothing here").waitFor();
    expect(await theirs.page.locator("[data-row]").count()).toBe(0);
    await theirs.end();
    await tour.end();
  });
});
