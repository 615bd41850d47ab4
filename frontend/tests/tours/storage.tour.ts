/** Where people keep their files: an administrator offers a choice, and somebody chooses. */
import { describe, expect, it } from "vitest";
import { Computer, pick } from "../local";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const computer = new Computer();
let administrator: Person;
let number = 0;
/** Policies that members may choose by now. */
const offered: number[] = [];
const on = stage(async (made) => {
  administrator = await made.register("administrator");
});

/** A policy that keeps what it gets in the data folder, too. */
const local = (name: string) => ({
  policy: { id: 0, name, type: "local", dir_name_rule: "archive/{uid}/{path}", file_name_rule: "{uuid}_{originname}", settings: { file_type: null }, edges: {} },
});

interface Group {
  settings: { other_policies?: number[] };
}
const group = async () => (await administrator.call("GET", "/admin/group/2")) as Group;

/** Makes a policy of its own for a test, which runs at one size or at both. */
async function makePolicy() {
  number += 1;
  const name = `Archive ${number}`;
  const { id } = (await administrator.call("PUT", "/admin/policy", local(name))) as { id: number };
  return { id, name };
}

describe.each(SIZES)("a choice of storage, at a $name", (size) => {
  let tour: Visit;

  it("is offered by a group in the console", async () => {
    const { id, name } = await makePolicy();
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/groups");
    await page.locator("[data-row]").filter({ hasText: "User" }).first().click();
    await page.getByRole("checkbox", { name }).check();
    await tour.look("storage-group");
    await page.getByRole("button", { name: "Save" }).click();
    const others = async () => (await group()).settings.other_policies ?? [];
    expect(await eventually(others, (all) => all.includes(id))).toContain(id);
    offered.push(id);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("is made for a folder, and holds for what is uploaded there and below", async () => {
    const { id, name: archive } = await makePolicy();
    offered.push(id);
    const row = await group();
    // They may share, open shares, and move what is stored.
    await administrator.call("PUT", "/admin/group/2", { group: { ...row, permissions: "hAQ=", settings: { ...row.settings, other_policies: offered } } });
    const person = await on.register(`keeper${number}`);
    await person.call("POST", "/file/create", { uri: uriOf("Papers/Old"), type: "folder" });
    await person.put("/Papers/before.txt", "long before");
    tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.choose("Papers", "Details");
    const panel = page.getByRole("complementary", { name: "Details" });
    const storage = panel.getByLabel("Storage").first();
    expect(await storage.inputValue()).toMatch(/^As in the folder above/);
    await storage.click();
    await page.getByRole("option", { name: archive, exact: true }).click();
    const chosen = () => storage.inputValue();
    expect(await eventually(chosen, (value) => value === archive)).toBe(archive);
    await tour.look("storage-folder");
    await tour.open("/home?path=cloudreve%3A%2F%2Fmy%2FPapers%2FOld");
    await page.getByText("This folder is empty").waitFor();
    await pick(page, [computer.file("kept.txt", "in the archive")]);
    await tour.entry("kept.txt").waitFor();
    const keeper = async (path: string) => {
      const query = new URLSearchParams({ uri: uriOf(path), extended: "true" });
      const info = (await person.call("GET", `/file/info?${query}`)) as { extended_info: { storage_policy?: { name: string } } };
      return info.extended_info.storage_policy?.name;
    };
    expect(await eventually(() => keeper("Papers/Old/kept.txt"), (name) => name === archive)).toBe(archive);
    // What was there before is moved.
    expect(await keeper("Papers/before.txt")).not.toBe(archive);
    await tour.open();
    await tour.choose("Papers", "Details");
    await panel.getByRole("button", { name: "Move what is stored already" }).click();
    await page.getByRole("dialog", { name: "Move what is stored already" }).getByRole("button", { name: "Move" }).click();
    await page.getByText(/moves to Archive/).waitFor();
    await tour.look("storage-moving");
    expect(await eventually(() => keeper("Papers/before.txt"), (name) => name === archive)).toBe(archive);
    expect(await person.read("Papers/before.txt")).toBe("long before");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("is made for the whole drive, and what is there moves", async () => {
    const { id, name: archive } = await makePolicy();
    offered.push(id);
    const row = await group();
    await administrator.call("PUT", "/admin/group/2", { group: { ...row, permissions: "hAQ=", settings: { ...row.settings, other_policies: offered } } });
    const person = await on.register(`rooted${number}`);
    await person.put("/before.txt", "long before");
    tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open();
    await tour.entry("before.txt").waitFor();
    await page.getByRole("button", { name: "Details", exact: true }).click();
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByText("My files").first().waitFor();
    const storage = panel.getByLabel("Storage").first();
    expect(await storage.inputValue()).toMatch(/^As the group has it/);
    await storage.click();
    await page.getByRole("option", { name: archive, exact: true }).click();
    expect(await eventually(() => storage.inputValue(), (value) => value === archive)).toBe(archive);
    await panel.getByRole("button", { name: "Move what is stored already" }).click();
    await page.getByRole("dialog", { name: "Move what is stored already" }).getByRole("button", { name: "Move" }).click();
    await page.getByText(/moves to Archive/).waitFor();
    await tour.look("storage-root");
    const query = new URLSearchParams({ uri: uriOf("before.txt"), extended: "true" });
    const keeper = async () => ((await person.call("GET", `/file/info?${query}`)) as { extended_info: { storage_policy?: { name: string } } }).extended_info.storage_policy?.name;
    expect(await eventually(keeper, (name) => name === archive)).toBe(archive);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("is emptied into another by an administrator, of everybody or of one account", async () => {
    const from = await makePolicy();
    const to = await makePolicy();
    const row = await group();
    await administrator.call("PUT", "/admin/group/2", { group: { ...row, settings: { ...row.settings, other_policies: [from.id] } } });
    const person = await on.register(`emptied${number}`);
    const policies = (await person.call("GET", "/user/setting/policies")) as { id: string; name: string }[];
    await person.call("PATCH", "/file/policy", { uri: uriOf(""), policy_id: policies.find(({ name }) => name === from.name)?.id });
    await person.put("/one.txt", "one");
    await person.put("/two.txt", "two");
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    const open = async (name: string) => {
      const found = page.locator("[data-row]").filter({ hasText: name }).first();
      await found.waitFor();
      await (size.touch ? found.getByRole("button").click() : found.click());
    };
    await tour.open("/admin/policies");
    await open(from.name);
    await page.getByRole("button", { name: "Move everything to another policy…" }).click();
    const dialog = page.getByRole("dialog", { name: `Move everything from ${from.name}` });
    await dialog.getByText("2 blobs").waitFor();
    await dialog.getByRole("combobox", { name: "To" }).click();
    await page.getByRole("option", { name: to.name, exact: true }).click();
    await dialog.getByText(/Not offered to these groups/).waitFor();
    await tour.look("storage-empty");
    await dialog.getByRole("button", { name: "Move", exact: true }).click();
    await dialog.getByText("Done", { exact: true }).waitFor();
    await tour.look("storage-emptied");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    const kept = async (id: number) => (await administrator.call("GET", `/admin/policy/${id}/relocate`)) as { blobs: number };
    expect((await kept(from.id)).blobs).toBe(0);
    expect((await kept(to.id)).blobs).toBe(2);
    // And back, for one account.
    await tour.open("/admin/users");
    await open(`emptied${number}`);
    await page.getByRole("button", { name: "Move files to another storage…" }).click();
    const own = page.getByRole("dialog", { name: "Move files to another storage…" });
    await own.getByRole("combobox", { name: "From" }).click();
    await page.getByRole("option", { name: to.name, exact: true }).click();
    await own.getByText("2 blobs").waitFor();
    await own.getByRole("combobox", { name: "To" }).click();
    await page.getByRole("option", { name: from.name, exact: true }).click();
    await tour.look("storage-account");
    await own.getByRole("button", { name: "Move", exact: true }).click();
    await own.getByText("Done", { exact: true }).waitFor();
    expect((await kept(from.id)).blobs).toBe(2);
    expect(await person.read("one.txt")).toBe("one");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
