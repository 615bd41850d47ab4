/** Shares for some people, shares that take files, their limits, and changing all that later. */
import { describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

/** Alone in the group of administrators. */
let administrator: Person;
const on = stage(async (made) => (administrator = await made.register("administrator")));

const pathOf = (link: string) => new URL(link).pathname;

async function openShareDialog(tour: Visit, name: string) {
  await tour.open();
  await tour.entry(name).click({ button: "right" });
  await tour.page.getByRole("menuitem", { name: "Share", exact: true }).click();
  await tour.page.getByRole("dialog").getByRole("button", { name: "Make link" }).waitFor();
}

async function choose(tour: Visit, label: string, option: string) {
  await tour.page.getByRole("dialog").getByRole("combobox", { name: label }).click();
  await tour.page.getByRole("option", { name: option, exact: true }).click();
}

async function makeLink(tour: Visit): Promise<string> {
  await tour.page.getByRole("button", { name: "Make link" }).click();
  return await tour.page.getByLabel("Link", { exact: true }).inputValue();
}

async function pick(tour: Visit, name: string, content: string) {
  const [chooser] = await Promise.all([tour.page.waitForEvent("filechooser"), tour.page.getByRole("button", { name: "Add files" }).click()]);
  await chooser.setFiles([{ name, mimeType: "text/plain", buffer: Buffer.from(content) }]);
}

describe.each(SIZES)("the audience of a share, at a $name", (size) => {
  it("are people by name, and nobody else", async () => {
    const owner = await on.register(`host-${size.name}`);
    const guest = await on.register(`guest-${size.name}`);
    const other = await on.register(`other-${size.name}`);
    await owner.folder("Plans");
    await owner.put("Plans/plan.txt", "the plan");
    const tour = await on.visit({ size, person: owner });
    const { page } = tour;
    await openShareDialog(tour, "Plans");
    await choose(tour, "Who can open it", "Only those I name");
    expect(await page.getByRole("button", { name: "Make link" }).isDisabled()).toBe(true);
    await page.getByRole("combobox", { name: "People and groups" }).fill(`guest-${size.name}`);
    await page.getByRole("option", { name: new RegExp(`guest-${size.name}`) }).click();
    await tour.shot("share-people");
    expect(await tour.findings()).toEqual([]);
    const link = await makeLink(tour);
    await page.getByText("Only those you named").waitFor();
    await page.getByAltText("QR code").waitFor();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
    await tour.shot("share-people-link");
    await page.getByRole("button", { name: "Done" }).click();

    const visitor = await on.visit({ size });
    await visitor.open(pathOf(link));
    await visitor.page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await visitor.page.getByLabel("Email").fill(guest.email);
    await visitor.page.getByRole("textbox", { name: "Password" }).fill(Person.password);
    await visitor.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await visitor.entry("plan.txt").waitFor();
    await visitor.shot("share-signed-in");
    await visitor.end();
    const uninvited = await on.visit({ size, person: other });
    await uninvited.open(pathOf(link));
    await uninvited.page.getByText("This share does not exist any more").waitFor();
    await uninvited.shot("share-gone");
    expect(await uninvited.findings()).toEqual([]);
    await uninvited.end();

    // Later it is opened for everybody with an account, who may bring files as well.
    await tour.open("/shares");
    await page.getByRole("row", { name: /Plans/ }).getByText("Only those I name").filter({ visible: true }).waitFor();
    await page.getByRole("button", { name: "Actions for Plans" }).click();
    await page.getByRole("menuitem", { name: "Change…" }).click();
    await page.getByRole("dialog").getByText(`guest-${size.name}`).waitFor();
    await tour.shot("share-edit");
    expect(await tour.findings()).toEqual([]);
    await choose(tour, "Who can open it", "Everyone with an account here");
    await choose(tour, "What they can do", "View, download and add files");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Done" }).click();
    const member = await on.visit({ size, person: other });
    await member.open(pathOf(link));
    await member.entry("plan.txt").waitFor();
    await pick(member, "idea.txt", "an idea");
    expect(await eventually(() => owner.names("Plans"), (names) => names.length === 2)).toEqual(["idea.txt", "plan.txt"]);
    await member.entry("idea.txt").waitFor();
    await member.end();
    await tour.end();
  });

  it("are the members of a group, beside people by name", async () => {
    const owner = await on.register(`chair-${size.name}`);
    const guest = await on.register(`named-${size.name}`);
    const other = await on.register(`unnamed-${size.name}`);
    await owner.folder("Minutes");
    await owner.put("Minutes/may.txt", "said in May");
    const tour = await on.visit({ size, person: owner });
    const { page } = tour;
    await openShareDialog(tour, "Minutes");
    await choose(tour, "Who can open it", "Only those I name");
    const field = page.getByRole("combobox", { name: "People and groups" });
    await field.fill("adm");
    await page.getByRole("option", { name: "Admin Group" }).waitFor();
    await tour.shot("share-groups");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("option", { name: "Admin Group" }).click();
    await field.fill(`named-${size.name}`);
    await page.getByRole("option", { name: new RegExp(`^named-${size.name}`) }).click();
    const link = await makeLink(tour);
    await page.getByRole("button", { name: "Done" }).click();
    for (const person of [administrator, guest]) {
      const member = await on.visit({ size, person });
      await member.open(pathOf(link));
      await member.entry("may.txt").waitFor();
      await member.end();
    }
    const stranger = await on.visit({ size, person: other });
    await stranger.open(pathOf(link));
    await stranger.page.getByText("This share does not exist any more").waitFor();
    await stranger.end();

    // Its names are there again when it is changed, and can be taken away.
    await tour.open("/shares");
    await page.getByRole("button", { name: "Actions for Minutes" }).click();
    await page.getByRole("menuitem", { name: "Change…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(`named-${size.name}`).waitFor();
    await dialog.getByText("Admin", { exact: true }).waitFor();
    await tour.shot("share-groups-edit");
    await page.getByRole("combobox", { name: "People and groups" }).press("Backspace");
    await dialog.getByText("Admin", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Done" }).click();
    const shut = await on.visit({ size, person: administrator });
    await shut.open(pathOf(link));
    await shut.page.getByText("This share does not exist any more").waitFor();
    await shut.end();
    await tour.end();
  });

  it("only bring files where a folder takes them, without an account", async () => {
    const owner = await on.register(`collector-${size.name}`);
    await owner.folder("Inbox");
    await owner.put("Inbox/secret.txt", "not for others");
    const tour = await on.visit({ size, person: owner });
    await openShareDialog(tour, "Inbox");
    await choose(tour, "What they can do", "Only add files");
    await tour.shot("share-drop");
    const link = await makeLink(tour);
    await tour.end();

    const visitor = await on.visit({ size });
    await visitor.open(pathOf(link));
    await visitor.page.getByRole("heading", { name: "Inbox" }).waitFor();
    expect(await visitor.page.getByText("secret.txt").count()).toBe(0);
    await visitor.shot("drop-box");
    expect(await visitor.findings()).toEqual([]);
    await pick(visitor, "homework.txt", "done");
    expect(await eventually(() => owner.names("Inbox"), (names) => names.length === 2)).toEqual(["homework.txt", "secret.txt"]);
    await visitor.page.getByText("1 file uploaded").first().waitFor();
    await visitor.shot("drop-box-done");
    expect(await owner.read("Inbox/homework.txt")).toBe("done");
    await visitor.end();
  });

  it("find limits on time and downloads, which the owner changes", async () => {
    const owner = await on.register(`limiter-${size.name}`);
    await owner.put("once.txt", "only once");
    const tour = await on.visit({ size, person: owner });
    const { page } = tour;
    await openShareDialog(tour, "once.txt");
    await choose(tour, "Expires after", "7 days");
    await page.getByLabel("Download limit").fill("1");
    await tour.shot("share-limits");
    const link = await makeLink(tour);
    await page.getByRole("button", { name: "Done" }).click();
    const visitor = await on.visit({ size });
    await visitor.open(pathOf(link));
    await visitor.page.getByText("1 download left").waitFor();
    await visitor.page.getByText(/until/).waitFor();
    await visitor.shot("share-limited");
    await Promise.all([visitor.page.waitForEvent("download"), visitor.page.getByRole("button", { name: "Download" }).click()]);
    await visitor.open(pathOf(link));
    await visitor.page.getByText("This share does not exist any more").waitFor();
    await visitor.end();

    await tour.open("/shares");
    await page.getByText("Expired").filter({ visible: true }).waitFor();
    await tour.shot("my-shares");
    const again = (await owner.call("PUT", "/share", { uri: uriOf("once.txt"), downloads: 1, is_private: true, password: "abc" })) as string;
    await page.reload();
    await page.getByText("With password").filter({ visible: true }).waitFor();
    await page.getByRole("button", { name: "Actions for once.txt" }).first().click();
    await page.getByRole("menuitem", { name: "Change…" }).click();
    await page.getByText("Its password stays: abc").waitFor();
    await page.getByLabel("Download limit").fill("25");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Done" }).click();
    const id = pathOf(again).split("/")[2] ?? "";
    expect(await owner.call("GET", `/share/info/${id}?password=abc`)).toMatchObject({ remain_downloads: 25, password: "abc" });
    await tour.end();
  });

  it("see in a profile what its owner shows there", async () => {
    const owner = await on.register(`known-${size.name}`);
    await owner.folder("Public things");
    await owner.put("Public things/a.txt", "a");
    await owner.put("hidden.txt", "b");
    await owner.call("PUT", "/share", { uri: uriOf("Public things") });
    await owner.call("PUT", "/share", { uri: uriOf("hidden.txt"), is_private: true });
    const visitor = await on.visit({ size });
    const { page } = visitor;
    await visitor.open(`/profile/${owner.signedIn.user.id}`);
    await page.getByRole("heading", { name: `known-${size.name}` }).waitFor();
    await page.getByText("Public things").waitFor();
    expect(await page.getByText("hidden.txt").count()).toBe(0);
    await visitor.shot("profile");
    expect(await visitor.findings()).toEqual([]);
    await page.getByText("Public things").click();
    await visitor.entry("a.txt").waitFor();
    const tour = await on.visit({ size, person: owner });
    await tour.open("/settings");
    await tour.page.getByRole("combobox", { name: "Shares on my public profile" }).click();
    await tour.page.getByRole("option", { name: "No shares" }).click();
    await tour.page.getByText("Saved", { exact: true }).waitFor();
    await visitor.open(`/profile/${owner.signedIn.user.id}`);
    await page.getByText("There is nothing to see here yet.").waitFor();
    await tour.end();
    await visitor.end();
  });
});
