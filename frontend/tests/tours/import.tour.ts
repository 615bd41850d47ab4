/** What lies in a storage already becomes somebody's: tried first, then done, in the console. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Person } from "../server";
import { stage } from "../stage";
import { SIZES } from "../tour";

let administrator: Person;
let number = 0;
const on = stage(async (made) => {
  administrator = await made.register("administrator");
});

function lay(folder: string, files: string[]) {
  for (const file of files) {
    const path = join(on.server.data, "uploads", folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "an old picture");
  }
}

describe.each(SIZES)("an import, at a $name", (size) => {
  it("is tried first, tells what stays out, and brings the rest", async () => {
    number += 1;
    const name = `heir${number}`;
    const folder = `attic${number}`;
    const heir = await on.register(name);
    lay(folder, ["one.txt", "deep/two.txt", "deep/what?.txt"]);
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/policies");
    const row = page.locator("[data-row]").first();
    await (size.touch ? row.getByRole("button").click() : row.click());
    await page.getByRole("button", { name: "Import files" }).click();
    const dialog = page.getByRole("dialog", { name: /^Import files/ });
    // Nobody is chosen yet.
    await dialog.getByLabel("Folder on the disk").fill("nowhere");
    await dialog.getByRole("button", { name: "Begin" }).click();
    await dialog.getByRole("alert").waitFor();
    const person = dialog.getByLabel("Whose files they become").first();
    await person.click();
    await person.fill(name);
    await page.getByRole("option", { name: new RegExp(name) }).first().click();
    await dialog.getByRole("button", { name: "Begin" }).click();
    await dialog.getByText("There is no such folder in the storage").waitFor();
    await dialog.getByLabel("Folder on the disk").fill(folder);
    await dialog.getByLabel("Folder in the drive").fill("/Attic");
    await tour.look("import-form");
    await dialog.getByRole("button", { name: "Begin" }).click();

    await dialog.getByText("This was a trial").waitFor();
    await dialog.getByText("deep/what?.txt").waitFor();
    await dialog.getByText("No file may be called so").waitFor();
    await dialog.getByText("2, 28 B").waitFor();
    await tour.look("import-trial");
    await expect(heir.read("Attic/one.txt")).rejects.toThrow();
    await dialog.getByRole("button", { name: "Import now" }).click();
    await dialog.getByText("This was a trial").waitFor({ state: "detached" });
    await dialog.getByText("deep/what?.txt").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().waitFor();
    await tour.look("import-done");
    expect(await heir.read("Attic/one.txt")).toBe("an old picture");
    expect(await heir.read("Attic/deep/two.txt")).toBe("an old picture");

    // The report stays with the task.
    await tour.open("/admin/tasks");
    const tasks = page.locator("[data-row]").filter({ hasText: "Import of files" });
    await (size.touch ? tasks.first().getByRole("button").click() : tasks.first().click());
    await page.getByRole("dialog").getByText("deep/what?.txt").waitFor();
    await tour.look("import-task");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
