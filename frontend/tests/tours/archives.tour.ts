/** Files that become an archive, and archives that become files. */
import { describe, expect, it } from "vitest";
import { zip } from "../samples";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

let person: Person;
let number = 0;
const on = stage(async (made) => {
  person = await made.register("administrator");
});

/** A folder of its own for a test, which runs at one size or at both. */
async function begin(size: (typeof SIZES)[number], fill: (folder: string) => Promise<unknown>): Promise<{ tour: Visit; folder: string }> {
  number += 1;
  const folder = `Desk ${number}`;
  await person.folder(folder);
  await fill(folder);
  const tour = await on.visit({ size, person });
  await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}`);
  return { tour, folder };
}

const there = (path: string, wanted: string[]) => eventually(() => person.names(path), (names) => wanted.every((name) => names.includes(name)));

describe.each(SIZES)("archives, at a $name", (size) => {
  it("are made of what is chosen, and some of it is taken out again", async () => {
    const { tour, folder } = await begin(size, async (at) => {
      await person.put(`${at}/Trip/a.txt`, "one");
      await person.put(`${at}/Trip/deep/b.txt`, "two");
    });
    const { page } = tour;
    await tour.choose("Trip", "Compress…");
    const dialog = page.getByRole("dialog", { name: "Compress “Trip”" });
    expect(await dialog.getByLabel("Name").inputValue()).toBe("Trip");
    await dialog.getByLabel("Password (optional)").waitFor();
    await tour.look("compress");
    await dialog.getByRole("button", { name: "Compress", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await tour.entry("Trip.zip").waitFor();
    await page.getByRole("alert").filter({ hasText: "Compress: done" }).waitFor();

    // A tap opens only where nothing is chosen.
    await page.getByRole("button", { name: "Clear selection" }).click();
    await tour.enter("Trip.zip");
    await page.getByRole("button", { name: "Trip", exact: true }).click();
    await page.getByRole("checkbox", { name: "Select a.txt" }).check();
    await tour.look("archive-chosen");
    await page.getByRole("button", { name: "Extract 1…" }).click();
    const extract = page.getByRole("dialog", { name: "Extract 1 item of “Trip.zip”" });
    await extract.getByLabel("In a new folder “Trip (1)”").waitFor();
    await extract.getByRole("treeitem", { name: folder }).first().waitFor();
    // There may be another a.txt in it.
    await extract.getByRole("list", { name: "What is extracted" }).getByText("Trip/a.txt", { exact: true }).waitFor();
    await tour.look("extract");
    await extract.getByLabel("In a new folder “Trip (1)”").check();
    await extract.getByRole("button", { name: "Extract", exact: true }).click();
    await extract.waitFor({ state: "detached" });
    // What has the name of the archive already stays as it is.
    await there(`${folder}/Trip (1)`, ["Trip"]);
    expect(await there(`${folder}/Trip (1)/Trip`, ["a.txt"])).toEqual(["a.txt"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are unpacked where they lie, and tell what they left out", async () => {
    const { tour, folder } = await begin(size, (at) => person.put(`${at}/things.zip`, zip({ "letters/to änna.txt": "Dear Änna", "../outside.txt": "no" })));
    const { page } = tour;
    await tour.choose("things.zip", "Extract here");
    await tour.entry("letters").waitFor();
    expect(await person.read(`${folder}/letters/to änna.txt`)).toBe("Dear Änna");
    const notice = page.getByRole("alert").filter({ hasText: "Extract: something was left out" });
    await notice.getByRole("button", { name: "Details" }).click();
    await page.getByText("../outside.txt").waitFor();
    await page.getByText("Its path leads out of the folder").waitFor();
    await tour.look("extract-left-out");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("show beforehand what will be left out, and do not let it be chosen", async () => {
    const { tour, folder } = await begin(size, (at) => person.put(`${at}/climbs.zip`, zip({ "etc/hosts": "fine", "plan.txt": "fine", "../outside.txt": "no", "/etc/passwd": "no", "C:\\autoexec.bat": "no" })));
    const { page } = tour;
    await tour.enter("climbs.zip");
    const viewer = page.getByRole("dialog", { name: "climbs.zip" });
    const row = (name: string) => viewer.getByRole("row").filter({ hasText: name });
    await row("../outside.txt").getByText("Will be left out. Its path leads out of the folder.").waitFor();
    await row("/etc/passwd").getByText("Will be left out. Its path begins at a root.").waitFor();
    await row("autoexec.bat").getByText("Will be left out. Its path begins with the letter of a drive.").waitFor();
    expect(await viewer.getByRole("checkbox").count()).toBe(3);
    await viewer.getByRole("checkbox", { name: "Select all" }).check();
    await tour.look("archive-climbs");
    await viewer.getByRole("button", { name: "Extract 2…" }).click();
    const extract = page.getByRole("dialog", { name: "Extract 2 items of “climbs.zip”" });
    await extract.getByLabel("If a name is taken").first().click();
    await page.getByRole("option", { name: "Keep both, under another name" }).click();
    await extract.getByText("“photo.jpg” is saved as “photo (1).jpg”").waitFor();
    await tour.look("extract-keeps-both");
    await extract.getByRole("button", { name: "Extract", exact: true }).click();
    await extract.waitFor({ state: "detached" });
    expect(await there(folder, ["etc", "plan.txt"])).toEqual(["climbs.zip", "etc", "plan.txt"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("show a link that is left out at the folder that has its name, and ask for no password that is not needed", async () => {
    const { tour } = await begin(size, (at) => person.put(`${at}/linked.zip`, zip({ "a.txt": "a" })));
    const { page } = tour;
    const file = { size: 3, is_directory: false };
    const files = [{ ...file, name: "link", left_out: "link" }, { ...file, name: "link/through.txt" }, { ...file, name: "secret.txt", encrypted: true }];
    await page.route(/\/file\/archive\?/, (route) => route.fulfill({ json: { code: 0, msg: "", data: { files } } }));
    await tour.enter("linked.zip");
    const viewer = page.getByRole("dialog", { name: "linked.zip" });
    const row = (name: string) => viewer.getByRole("row").filter({ hasText: name });
    await row("link").getByText("Something else of this name will be left out. It is a link.").waitFor();
    await row("secret.txt").getByRole("img", { name: "needs a password" }).waitFor();
    expect(await viewer.getByRole("img", { name: "needs a password" }).count()).toBe(1);
    await tour.look("archive-linked");
    await viewer.getByRole("checkbox", { name: "Select link", exact: true }).check();
    await viewer.getByRole("button", { name: "Extract 1…" }).click();
    const extract = page.getByRole("dialog", { name: "Extract 1 item of “linked.zip”" });
    await extract.getByLabel("Password, if it has one").first().waitFor();
    await extract.getByRole("button", { name: "Cancel" }).click();
    await viewer.getByRole("checkbox", { name: "Select secret.txt", exact: true }).check();
    await viewer.getByRole("button", { name: "Extract 2…" }).click();
    await page.getByRole("dialog", { name: "Extract 2 items of “linked.zip”" }).getByText("Some of this is encrypted.").waitFor();
    await tour.look("extract-some-encrypted");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("tell what was there already from what they left out", async () => {
    const { tour, folder } = await begin(size, async (at) => {
      await person.put(`${at}/twice ${at}.zip`, zip({ "a.txt": "a", "b/c.txt": "c" }));
      await person.put(`${at}/a.txt`, "mine");
    });
    const { page } = tour;
    const notice = page.getByRole("alert").filter({ hasText: "Extract: done" });
    await page.getByRole("heading", { level: 1, name: folder, exact: true }).waitFor();
    await tour.choose(`twice ${folder}.zip`, "Extract here");
    await notice.getByText("1 was there already").waitFor();
    await tour.look("extract-there");
    expect(await person.read(`${folder}/a.txt`)).toBe("mine");
    await tour.open("/tasks");
    const row = page.locator('[data-status="completed"]').filter({ hasText: `twice ${folder}.zip` });
    await row.getByText("1 was there already").waitFor();
    await row.getByText("Done", { exact: true }).first().waitFor();
    await row.getByRole("button", { expanded: false }).click();
    await row.getByText("1 file was there already, and stayed as it was").waitFor();
    await row.getByRole("region", { name: "What was there already" }).getByText("a.txt").waitFor();
    expect(await row.getByText(/left out/).count()).toBe(0);
    await tour.look("extract-there-details");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("name those that failed when several end at once", async () => {
    const { tour, folder } = await begin(size, async (at) => {
      await person.put(`${at}/good.zip`, zip({ "a.txt": "a" }));
      for (const name of ["torn.zip", "broken.zip"]) await person.put(`${at}/${name}`, "this is no archive");
    });
    const { page } = tour;
    await page.getByText("torn.zip").first().waitFor();
    await page.waitForTimeout(500);
    for (const name of ["good.zip", "torn.zip", "broken.zip"]) await person.call("POST", "/workflow/extract", { src: [uriOf(`${folder}/${name}`)], dst: uriOf(folder) });
    const notice = page.getByRole("alert").filter({ hasText: "2 of 3 tasks have failed" });
    await notice.getByRole("button", { name: "Extract: broken.zip" }).waitFor();
    await tour.look("tasks-many-failed");
    await notice.getByRole("button", { name: "Extract: torn.zip" }).click();
    const row = page.locator('[data-status="error"]').filter({ hasText: "torn.zip" }).first();
    await row.getByText("Why it failed").waitFor();
    await tour.look("tasks-failed-opened");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are unpacked several at once, each as a task of its own", async () => {
    const { tour, folder } = await begin(size, async (at) => {
      await person.put(`${at}/one.zip`, zip({ "a.txt": "one" }));
      await person.put(`${at}/two.zip`, zip({ "b.txt": "two" }));
      await person.put(`${at}/plan.md`, "no archive");
    });
    const { page } = tour;
    const more = page.getByRole("toolbar", { name: "Selection" }).getByRole("button", { name: "More actions" });
    if (size.touch) {
      await tour.entry("one.zip").click({ button: "right" });
      await page.keyboard.press("Escape");
      await tour.entry("two.zip").tap();
    } else {
      await tour.entry("one.zip").click();
      await tour.entry("two.zip").click({ modifiers: ["Control"] });
    }
    await more.click();
    await page.getByRole("menuitem", { name: "Extract to…" }).click();
    const dialog = page.getByRole("dialog", { name: "Extract 2 archives" });
    const list = dialog.getByRole("list", { name: "What is extracted" });
    for (const name of ["one.zip", "two.zip"]) await list.getByText(name, { exact: true }).waitFor();
    await dialog.getByLabel("Each in a new folder of its own").check();
    await tour.look("extract-several");
    const begun = page.getByText("2 archives are being extracted in the background").waitFor();
    await dialog.getByRole("button", { name: "Extract", exact: true }).click();
    await begun;
    await dialog.waitFor({ state: "detached" });
    await there(folder, ["one", "two"]);
    expect(await there(`${folder}/one`, ["a.txt"])).toEqual(["a.txt"]);
    expect(await there(`${folder}/two`, ["b.txt"])).toEqual(["b.txt"]);

    // They are chosen still.
    await more.click();
    await page.getByRole("menuitem", { name: "Extract here" }).click();
    await there(folder, ["a.txt", "b.txt"]);
    expect(await person.read(`${folder}/b.txt`)).toBe("two");

    // With something among them that is none it is not offered.
    await (size.touch ? tour.entry("plan.md").tap() : tour.entry("plan.md").click({ modifiers: ["Control"] }));
    await page.getByText("3 selected").first().waitFor();
    await more.click();
    await page.getByRole("menuitem", { name: "Compress…" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "Extract here" }).count()).toBe(0);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are closed with a password, which is asked for again when it was missing", async () => {
    const { tour, folder } = await begin(size, (at) => person.put(`${at}/secret.txt`, "hidden"));
    const { page } = tour;
    await tour.choose("secret.txt", "Compress…");
    const dialog = page.getByRole("dialog", { name: "Compress “secret.txt”" });
    await dialog.getByLabel("Name").fill("closed");
    await dialog.getByLabel("Password (optional)").fill("open sesame");
    await dialog.getByRole("button", { name: "Compress", exact: true }).click();
    await tour.entry("closed.zip").waitFor();
    await person.call("DELETE", "/file", { uris: [uriOf(`${folder}/secret.txt`)] });
    await tour.choose("closed.zip", "Extract here");
    const notice = page.getByRole("alert").filter({ hasText: "Extract: failed" });
    await notice.getByText("The archive is encrypted: it needs its password.").waitFor();
    await tour.look("extract-refused");
    await notice.getByRole("button", { name: "Enter the password…" }).click();
    const again = page.getByRole("dialog", { name: "Extract “closed.zip”" });
    // A wrong one is asked for again where tasks are listed: begun anew as it is, it would fail again.
    await again.getByLabel("Password", { exact: false }).first().fill("open barley");
    await again.getByRole("button", { name: "Extract", exact: true }).click();
    // Several that end within a moment are told of in one.
    await page.getByRole("alert").filter({ hasText: /The password is wrong|tasks have failed/ }).first().waitFor();
    await tour.open("/tasks");
    const failed = page.locator('[data-status="error"]').filter({ hasText: "The password is wrong." }).first();
    expect(await failed.getByRole("button", { name: /^Try again/ }).count()).toBe(0);
    await failed.getByRole("button", { name: "Enter the password: closed.zip" }).click();
    await again.getByLabel("Password", { exact: false }).first().fill("open sesame");
    await tour.look("extract-password");
    await again.getByRole("button", { name: "Extract", exact: true }).click();
    await there(folder, ["secret.txt"]);
    expect(await person.read(`${folder}/secret.txt`)).toBe("hidden");

    // What is begun in a viewer is told of in front of it.
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}&open=${encodeURIComponent(uriOf(`${folder}/closed.zip`))}`);
    const viewer = page.locator("[data-viewer]");
    await viewer.getByText("Some of it is encrypted: you will be asked for the password.").waitFor();
    await viewer.getByRole("row").filter({ hasText: "secret.txt" }).getByRole("img", { name: "needs a password" }).waitFor();
    await tour.look("archive-encrypted");
    await viewer.getByRole("button", { name: "Extract…" }).click();
    await again.getByText("Some of this is encrypted.").waitFor();
    const own = again.getByLabel("In a new folder “closed”");
    await own.check();
    // Without a password nothing is begun.
    await again.getByRole("button", { name: "Extract", exact: true }).click();
    expect(await again.getByLabel("Password", { exact: false }).first().evaluate((input) => (input as HTMLInputElement).validity.valueMissing)).toBe(true);
    await again.getByLabel("Password", { exact: false }).first().fill("open barley");
    await again.getByRole("button", { name: "Extract", exact: true }).click();
    await notice.getByText("The password is wrong.").waitFor();
    await tour.look("extract-refused-viewer");
    // A wrong password leaves no folder, and whoever gives another one gets it all the same.
    expect(await there(folder, ["closed.zip", "secret.txt"])).toEqual(["closed.zip", "secret.txt"]);
    await notice.getByRole("button", { name: "Enter the password…" }).click();
    expect(await own.isChecked()).toBe(true);
    await again.getByLabel("Password", { exact: false }).first().fill("open sesame");
    await again.getByRole("button", { name: "Extract", exact: true }).click();
    expect(await there(`${folder}/closed`, ["secret.txt"])).toEqual(["secret.txt"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are unpacked elsewhere though their names are hidden", async () => {
    const { tour, folder } = await begin(size, async (at) => {
      await person.put(`${at}/secret.txt`, "hidden");
      await person.folder(`Elsewhere ${at}`);
    });
    const { page } = tour;
    await tour.choose("secret.txt", "Compress…");
    const dialog = page.getByRole("dialog", { name: "Compress “secret.txt”" });
    await dialog.getByLabel("Name").fill("closed");
    await dialog.getByRole("combobox", { name: "Format" }).click();
    await page.getByRole("option", { name: /7z/ }).click();
    await dialog.getByLabel("Password (optional)").fill("open sesame");
    await dialog.getByRole("button", { name: "Compress", exact: true }).click();
    await tour.entry("closed.7z").waitFor();
    await tour.choose("closed.7z", "Extract to…");
    const extract = page.getByRole("dialog", { name: "Extract “closed.7z”" });
    await extract.getByRole("treeitem", { name: `Elsewhere ${folder}` }).first().click();
    await extract.getByLabel("Password", { exact: false }).first().fill("open sesame");
    await tour.look("extract-hidden-names");
    await extract.getByRole("button", { name: "Extract", exact: true }).click();
    await extract.waitFor({ state: "detached" });
    expect(await there(`Elsewhere ${folder}`, ["secret.txt"])).toEqual(["secret.txt"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("offer nothing to those who may not pack", async () => {
    number += 1;
    const other = await on.register(`member${number}`);
    await other.put("things.zip", zip({ "plan.txt": "the plan" }));
    const tour = await on.visit({ size, person: other });
    const { page } = tour;
    await tour.open();
    await tour.entry("things.zip").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Rename" }).waitFor();
    for (const name of ["Compress…", "Extract here", "Extract to…"]) expect(await page.getByRole("menuitem", { name }).count(), name).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Clear selection" }).click();
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "New folder" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "Download from a link or torrent…" }).count()).toBe(0);
    await tour.end();
  });
});
