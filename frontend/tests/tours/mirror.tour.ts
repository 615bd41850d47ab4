/** A mirror of two disks: made in the console, used, and changed. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Person } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const place = mkdtempSync(join(tmpdir(), "alcove-disks-"));
process.env.ALCOVE_STORAGE_ROOTS = place;
afterAll(() => rmSync(place, { recursive: true, force: true }));

let administrator: Person;
let number = 0;
const on = stage(async (made) => {
  administrator = await made.register("administrator");
});

interface Policy {
  id: number;
  name: string;
  type: string;
  settings: { backend?: string; members?: number[]; quorum?: number };
}
const policies = async () => ((await administrator.call("POST", "/admin/policy", { page: 1, page_size: 1000 })) as { policies: Policy[] }).policies;

/** A policy on a disk of its own. */
async function makeDisk(name: string) {
  const root = join(place, name);
  mkdirSync(root);
  const policy = { id: 0, name, type: "local", dir_name_rule: "kept/{uid}", file_name_rule: "{uuid}", settings: { file_type: null, root }, edges: {} };
  await administrator.call("POST", "/admin/policy/test", { policy });
  const { id } = (await administrator.call("PUT", "/admin/policy", { policy })) as { id: number };
  return { id, name, kept: () => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes(".staging")).length };
}

describe.each(SIZES)("a mirror, at a $name", (size) => {
  let tour: Visit;

  it("is made step by step of two disks, keeps everything on both, and gets another quorum", async () => {
    number += 1;
    const name = `Twice ${number}`;
    const [one, two] = [await makeDisk(`Disk ${number} A`), await makeDisk(`Disk ${number} B`)];
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/policies");
    await page.getByRole("button", { name: "New policy" }).click();
    const wizard = page.getByRole("dialog", { name: "New policy" });
    await wizard.locator('[data-kind="mirror"]').click();
    await wizard.getByLabel("Name", { exact: false }).first().fill(name);
    await wizard.getByText("Choose 2 to 5 policies.").waitFor();
    await wizard.getByRole("checkbox", { name: one.name }).check();
    await wizard.getByRole("button", { name: "Next" }).click();
    // One is not enough to go on.
    await wizard.getByText("Choose 2 to 5 policies.").waitFor();
    await wizard.getByRole("checkbox", { name: two.name }).check();
    await wizard.getByText("A file counts as stored when 1 of 2 has it.").waitFor();
    await tour.look("mirror-members");
    await wizard.getByLabel("How many have to have a file").fill("3");
    await wizard.getByText("There are only 2.").waitFor();
    await wizard.getByLabel("How many have to have a file").fill("0");
    await wizard.getByRole("button", { name: "Next" }).click();
    await wizard.getByText("Which files, and under what names?").waitFor();
    await tour.look("mirror-files");
    await wizard.getByRole("button", { name: "Next" }).click();
    await wizard.getByRole("button", { name: "Test and create" }).click();
    await wizard.waitFor({ state: "detached" });
    const made = async () => (await policies()).find((policy) => policy.name === name);
    const mirror = await made();
    expect(mirror).toMatchObject({ type: "local", settings: { backend: "mirror", members: [one.id, two.id] } });
    expect(mirror?.settings.quorum ?? 0).toBe(0);

    // Whoever is given it has everything twice.
    const group = (await administrator.call("GET", "/admin/group/2")) as { edges: object };
    await administrator.call("PUT", "/admin/group/2", { group: { ...group, edges: { ...group.edges, storage_policies: { id: mirror?.id } } } });
    const person = await on.register(`mirrored${number}`);
    await person.put("twice.txt", "on both disks");
    expect(await eventually(async () => [one.kept(), two.kept()], ([a, b]) => a === 1 && b === 1)).toEqual([1, 1]);
    expect(await person.read("twice.txt")).toBe("on both disks");

    await tour.open("/admin/policies?size=100");
    const row = page.locator("[data-row]").filter({ hasText: name });
    await row.getByText("Mirror").first().waitFor();
    await (size.touch ? row.getByRole("button").click() : row.click());
    const details = page.getByRole("dialog", { name }).first();
    await details.getByText(`${one.name}, ${two.name}`).waitFor();
    await details.getByText("A file counts as stored when 1 of 2 has it.").waitFor();
    await tour.look("mirror-detail");
    await details.getByRole("button", { name: "Edit" }).click();
    const form = page.getByRole("dialog", { name }).last();
    await form.getByLabel("How many have to have a file").fill("2");
    await form.getByText("While one of them is away nothing new is taken.").waitFor();
    await tour.look("mirror-edit");
    await form.getByRole("button", { name: "Save" }).click();
    const quorum = async () => (await made())?.settings;
    expect(await eventually(quorum, (settings) => settings?.quorum === 2)).toMatchObject({ members: [one.id, two.id], quorum: 2 });

    await tour.open("/admin/health");
    await page.locator(`[data-policy="${mirror?.id}"]`).getByText("Mirror").waitFor();
    const first = page.locator(`[data-policy="${one.id}"]`);
    await first.getByText(/B of /).waitFor();
    await tour.look("mirror-health");

    // Somebody pulls a disk out.
    renameSync(join(place, one.name), join(place, `${one.name} pulled out`));
    const away = async () => ((await administrator.call("GET", "/admin/proof")) as { policies: { id: number; away?: string }[] }).policies.find(({ id }) => id === one.id)?.away;
    expect(await eventually(away, (why) => why !== undefined)).toBeTruthy();
    await tour.open("/admin/overview");
    await page.getByText(`“${one.name}” cannot be used`).waitFor();
    await tour.look("mirror-away");
    await tour.open("/admin/health");
    await first.getByText(/^No: /).waitFor();
    await tour.open("/admin/policies?size=100");
    const disk = page.locator("[data-row]").filter({ hasText: one.name }).first();
    await (size.touch ? disk.getByRole("button").click() : disk.click());
    await page.getByRole("dialog", { name: one.name }).getByText(/^No: /).waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
