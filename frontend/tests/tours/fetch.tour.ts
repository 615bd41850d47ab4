/** What the server downloads for somebody: by links, and by torrents. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { zip } from "../samples";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES } from "../tour";

let person: Person;
let number = 0;
const on = stage(async (made) => {
  person = await made.register("administrator");
});

/** A link to a file of this very site, which may be asked. */
async function linkTo(path: string): Promise<string> {
  const [made] = (await person.call("PUT", "/file/source", { uris: [uriOf(path)] })) as { link: string }[];
  return made?.link ?? "";
}

/** A torrent as a program beside the server would tell of it. */
const torrent = (selected: ReadonlySet<number>) => ({
  id: "AbCd",
  created_at: "2026-11-24T20:00:00Z",
  updated_at: "2026-11-24T20:00:05Z",
  status: "suspending",
  type: "remote_download",
  duration: 5_000,
  node: { id: "x", name: "Master", type: "master", capabilities: "Hg==" },
  summary: {
    phase: "monitor",
    props: {
      src: "",
      src_str: "magnet:?xt=urn:btih:1",
      dst: "cloudreve://my/Inbox",
      failed: 0,
      download: {
        name: "Forty songs",
        state: "downloading",
        total: 400_000_000,
        downloaded: 100_000_000,
        download_speed: 2_500_000,
        uploaded: 3_000_000,
        upload_speed: 40_000,
        hash: "abc",
        files: Array.from({ length: 40 }, (_, at) => ({ index: at + 1, name: `Forty songs/${at + 1} song.flac`, size: 10_000_000, progress: at < 10 ? 1 : 0, selected: selected.has(at + 1) })),
      },
    },
  },
});

/** What asks for links and torrents. */
async function question(page: Page) {
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("menuitem", { name: "Download from a link or torrent…" }).click();
  return page.getByRole("dialog", { name: "Download to the drive" });
}

describe.each(SIZES)("downloads of the server, at a $name", (size) => {
  it("are begun with links, told of, and listed", async () => {
    number += 1;
    const folder = `Inbox ${number}`;
    await person.folder(folder);
    await person.put(`Shelf ${number}/poem.txt`, "a poem");
    const link = await linkTo(`Shelf ${number}/poem.txt`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}`);
    await page.getByText("This folder is empty").waitFor();
    const dialog = await question(page);
    const links = dialog.getByLabel("Links, one a line");
    await links.fill(`${link}\nnowhere`);
    await dialog.getByText("This is no link: nowhere").waitFor();
    // Neither what is none nor what comes twice counts.
    await links.fill(`${link}\n${link}\nnowhere`);
    await dialog.getByRole("button", { name: "Download", exact: true }).waitFor();
    await links.fill(`${link}\nmagnet:?xt=urn:btih:nonsense&dn=linux`);
    await dialog.getByText("This is no magnet link of a torrent: magnet:?xt=urn:btih:nonsense").waitFor();
    expect(await dialog.getByRole("button", { name: "Download", exact: true }).isDisabled()).toBe(true);
    await tour.look("download-magnet");
    await person.put(`${folder}/taken.txt`, "here before");
    await links.fill(`${link}\nhttp://10.0.0.1/taken.txt`);
    await dialog.getByText("taken.txt is in this folder already. It is saved as taken (1).txt.").waitFor();
    await tour.look("download-taken");
    await person.call("DELETE", "/file", { uris: [uriOf(`${folder}/taken.txt`)] });
    await links.fill(`${link}\nhttp://10.0.0.1/secret`);
    await dialog.getByText("is in this folder already").waitFor({ state: "detached" });
    await tour.look("download");
    await dialog.getByRole("button", { name: "Download 2" }).click();
    await dialog.waitFor({ state: "detached" });
    await tour.entry("poem.txt").waitFor();
    expect(await person.read(`${folder}/poem.txt`)).toBe("a poem");
    await tour.open("/tasks?tab=downloads");
    const failed = page.locator('[data-status="error"]').filter({ hasText: "10.0.0.1" }).first();
    await failed.waitFor();
    await page.locator('[data-status="completed"]').filter({ hasText: "poem.txt" }).first().waitFor();
    await failed.getByRole("button", { expanded: false }).click();
    await failed.getByText("Why it failed").waitFor();
    await tour.look("downloads");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are begun with a torrent of the drive", async () => {
    number += 1;
    await person.put(`Torrents ${number}/linux.torrent`, "d4:infod6:lengthi1e4:name1:aee");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf(`Torrents ${number}`))}`);
    await tour.choose("linux.torrent", "Download this torrent…");
    const dialog = page.getByRole("dialog", { name: "Download to the drive" });
    await dialog.getByText(`/Torrents ${number}/linux.torrent`).waitFor();
    await tour.look("download-torrent");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Clear selection" }).click();
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("menuitem", { name: "Download from a link or torrent…" }).click();
    await dialog.getByText("A torrent", { exact: true }).click();
    await dialog.getByLabel("Torrent", { exact: true }).first().click();
    await page.getByRole("option", { name: `/Torrents ${number}/linux.torrent` }).click();
    expect(await dialog.getByRole("button", { name: "Download", exact: true }).isEnabled()).toBe(true);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are begun with a torrent of this computer, which comes into the drive only then", async () => {
    number += 1;
    const folder = `Own ${number}`;
    await person.put(`${folder}/linux.torrent`, "d4:infod6:lengthi1e4:name1:bee");
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const sent: { src_file?: string; dst: string }[] = [];
    await page.route(/\/workflow\/download$/, async (route) => {
      sent.push(route.request().postDataJSON() as (typeof sent)[number]);
      await route.fulfill({ json: { code: 0, msg: "", data: [] } });
    });
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}`);
    await tour.entry("linux.torrent").waitFor();
    const ask = async () => {
      const dialog = await question(page);
      await dialog.getByText("A torrent", { exact: true }).click();
      expect(await dialog.getByRole("button", { name: "Download", exact: true }).isDisabled()).toBe(true);
      return dialog;
    };
    const choose = async (dialog: Locator, name: string, text: string) => {
      const asked = page.waitForEvent("filechooser");
      await dialog.getByRole("button", { name: "Choose a torrent from this computer" }).click();
      await (await asked).setFiles({ name, mimeType: "application/x-bittorrent", buffer: Buffer.from(text) });
    };
    const chosen = (dialog: Locator) => eventually(() => dialog.getByLabel("Torrent", { exact: true }).first().inputValue(), (value) => value === "linux.torrent (on this computer)");
    const [other, same] = ["d4:infod6:lengthi1e4:name1:aee", "d4:infod6:lengthi1e4:name1:bee"];
    // Who thinks better of it leaves nothing.
    let dialog = await ask();
    await choose(dialog, "notes.txt", other);
    await dialog.getByText("This is no torrent file").waitFor();
    await choose(dialog, "page.torrent", "<html>");
    await dialog.getByText("This is no torrent.").waitFor();
    await choose(dialog, "linux.torrent", other);
    await chosen(dialog);
    expect(await dialog.getByText("This is no torrent").count()).toBe(0);
    await dialog.getByText("It is uploaded into the folder below once the download begins").waitFor();
    await tour.look("download-own-torrent");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await person.names(folder)).toEqual(["linux.torrent"]);
    // What cannot come is said, and no download begins.
    const opening = /\/file\/upload$/;
    await page.route(opening, (route) => route.fulfill({ json: { code: 40049, msg: "not of this kind" } }));
    dialog = await ask();
    await choose(dialog, "linux.torrent", other);
    await chosen(dialog);
    await dialog.getByRole("button", { name: "Download", exact: true }).click();
    await dialog.getByRole("alert").waitFor();
    expect(sent).toEqual([]);
    await page.unroute(opening);
    await dialog.getByRole("button", { name: "Download", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    expect(sent).toEqual([{ src_file: uriOf(`${folder}/linux (1).torrent`), dst: uriOf(folder), conflict: "rename" }]);
    expect(await person.read(`${folder}/linux (1).torrent`)).toBe(other);
    await tour.entry("linux (1).torrent").waitFor();
    // The very same is there already.
    dialog = await ask();
    await choose(dialog, "linux.torrent", same);
    await chosen(dialog);
    await dialog.getByRole("button", { name: "Download", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    expect(sent.slice(1)).toEqual([{ src_file: uriOf(`${folder}/linux.torrent`), dst: uriOf(folder), conflict: "rename" }]);
    expect(await person.names(folder)).toEqual(["linux (1).torrent", "linux.torrent"]);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("take a torrent that is dropped on the question", async () => {
    number += 1;
    const folder = `Dropped ${number}`;
    await person.folder(folder);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}`);
    await page.getByText("This folder is empty").waitFor();
    const dialog = await question(page);
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["d4:infod6:lengthi1e4:name1:aee"], "dropped.torrent"));
      return transfer;
    });
    await dialog.getByLabel("Links, one a line").dispatchEvent("drop", { dataTransfer: dropped });
    await eventually(() => dialog.getByLabel("Torrent", { exact: true }).first().inputValue(), (value) => value === "dropped.torrent (on this computer)");
    expect(await dialog.getByRole("button", { name: "Download", exact: true }).isEnabled()).toBe(true);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("This folder is empty").waitFor();
    expect(await person.names(folder)).toEqual([]);
    await tour.end();
  });

  it("are begun where a torrent is looked at, which itself can be downloaded as any file", async () => {
    number += 1;
    const folder = `Seeds ${number}`;
    await person.put(`${folder}/linux.torrent`, "d4:infod6:lengthi1e4:name1:aee");
    await person.put(`${folder}/things.zip`, zip({ "a.txt": "a" }));
    const tour = await on.visit({ size, person });
    const { page } = tour;
    for (const name of ["linux.torrent", "things.zip"]) {
      await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}&open=${encodeURIComponent(uriOf(`${folder}/${name}`))}`);
      const viewer = page.getByRole("dialog", { name });
      const button = viewer.getByRole("button", { name: "Download", exact: true });
      await button.waitFor();
      await tour.look(`viewer-${name.split(".")[1]}`);
      const [got] = await Promise.all([page.waitForEvent("download"), button.click()]);
      expect(got.suggestedFilename()).toBe(name);
    }
    await tour.open(`/home?path=${encodeURIComponent(uriOf(folder))}&open=${encodeURIComponent(uriOf(`${folder}/linux.torrent`))}`);
    await page.getByRole("button", { name: "Download this torrent…" }).click();
    await page.getByRole("dialog", { name: "Download to the drive" }).getByText(`/${folder}/linux.torrent`).waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("say of a torrent that nobody has that nobody was found", async () => {
    const tour = await on.visit({ size, person });
    const { page } = tour;
    const told = { ...torrent(new Set([1])), created_at: new Date(Date.now() - 600_000).toISOString() };
    Object.assign(told.summary.props.download, { downloaded: 0, download_speed: 0, uploaded: 0, upload_speed: 0, peers: 0 });
    await page.route(/\/workflow\?.*category=downloading/, (route) =>
      route.fulfill({ json: { code: 0, msg: "", data: { tasks: [told], pagination: { page: 0, page_size: 100, is_cursor: true } } } }),
    );
    await tour.open("/tasks?tab=downloads");
    const row = page.locator('[data-task="AbCd"]');
    await row.getByText("Nobody who has it was found yet").waitFor();
    await tour.look("torrent-lonely");
    await row.getByRole("button", { expanded: false }).click();
    await row.getByText("Nobody who has it was found yet").waitFor();
    expect(await row.getByText("Nobody who has it was found yet").count()).toBe(1);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("let the files of a torrent be chosen", async () => {
    const selected = new Set(Array.from({ length: 40 }, (_, at) => at + 1));
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await page.route(/\/workflow\?.*category=downloading/, (route) =>
      route.fulfill({ json: { code: 0, msg: "", data: { tasks: [torrent(selected)], pagination: { page: 0, page_size: 100, is_cursor: true } } } }),
    );
    const sent: { index: number; download: boolean }[] = [];
    await page.route(/\/workflow\/download\/AbCd/, async (route) => {
      const { files } = route.request().postDataJSON() as { files: typeof sent };
      sent.push(...files);
      for (const { index, download } of files) download ? selected.add(index) : selected.delete(index);
      await route.fulfill({ json: { code: 0, msg: "" } });
    });
    await tour.open("/tasks?tab=downloads");
    const row = page.locator('[data-task="AbCd"]');
    await row.getByText("Forty songs").first().waitFor();
    await tour.look("torrent");
    await row.getByRole("button", { expanded: false }).click();
    await row.getByLabel("Filter").fill("3");
    await row.getByRole("button", { name: "Invert" }).click();
    await row.getByLabel("Filter").fill("13 song");
    expect(await row.getByRole("checkbox").isChecked()).toBe(false);
    await row.getByRole("checkbox").check();
    await row.getByLabel("Filter").fill("");
    await tour.look("torrent-files");
    await row.getByRole("button", { name: "Download these" }).click();
    await row.getByRole("button", { name: "Download these" }).waitFor({ state: "detached" });
    const off = sent.filter(({ download }) => !download).map(({ index }) => index);
    expect(off).toEqual([3, 23, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    expect(await eventually(async () => selected.size, (left) => left === 28)).toBe(28);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
