/** What the server does in the background: watched, stopped, begun anew, and what is told of its end. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Person, uriOf } from "../server";
import { stage } from "../stage";
import { eventually, SIZES } from "../tour";

const MIB = 1 << 20;

/** A disk that can be away. */
const shelf = mkdtempSync(join(tmpdir(), "alcove-shelf-"));
process.env.ALCOVE_STORAGE_ROOTS = shelf;
afterAll(() => rmSync(shelf, { recursive: true, force: true }));

let administrator: Person;
let archive: string;
let away: string;
let number = 0;
// What moves takes long enough to be watched.
const on = stage(
  async (made) => {
    administrator = await made.register("administrator");
    const policy = { id: 0, name: "Archive", type: "local", dir_name_rule: "archive/{uid}/{path}", file_name_rule: "{uuid}_{originname}", settings: { file_type: null }, edges: {} };
    const { id } = (await administrator.call("PUT", "/admin/policy", { policy })) as { id: number };
    const disk = { ...policy, name: "Shelf", settings: { file_type: null, root: shelf } };
    await administrator.call("POST", "/admin/policy/test", { policy: disk });
    const second = (await administrator.call("PUT", "/admin/policy", { policy: disk })) as { id: number };
    const group = (await administrator.call("GET", "/admin/group/1")) as { settings: object };
    await administrator.call("PUT", "/admin/group/1", { group: { ...group, settings: { ...group.settings, other_policies: [id, second.id] } } });
    const offered = (await administrator.call("GET", "/user/setting/policies")) as { id: string; name: string }[];
    const idOf = (wanted: string) => offered.find(({ name }) => name === wanted)?.id ?? "";
    [archive, away] = [idOf("Archive"), idOf("Shelf")];
  },
  { settings: { relocate_bytes_per_second: "400000", queue_io_intense_worker_num: "1" } },
);

interface Task {
  id: string;
  status: string;
}

const statusOf = async (person: Person, { id }: Task) => ((await person.call("GET", `/workflow/task/${id}`)) as Task).status;

/** Files of a storage that become somebody's. */
async function bring(heir: Person, folder: string, files: string[]): Promise<Task> {
  for (const file of files) {
    const path = join(on.server.data, "uploads", folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "an old picture");
  }
  const whose = heir.signedIn.user.id;
  return (await administrator.call("POST", "/workflow/import", { src: folder, dst: "/Attic", user_id: whose, policy_id: 1, recursive: true })) as Task;
}

const move = async (name: string, to = archive) => (await administrator.call("POST", "/workflow/relocate", { src: [uriOf(name)], dst_policy_id: to })) as Task;

/** Where the bytes of a file lie, by a part of its name. */
function bytesOf(name: string): string {
  const found = readdirSync(join(on.server.data, "uploads"), { recursive: true, encoding: "utf8" }).find((path) => path.includes(name));
  if (!found) throw new Error(`nothing is stored of ${name}`);
  return join(on.server.data, "uploads", found);
}

describe.each(SIZES)("tasks, at a $name", (size) => {
  it("are watched while they run, and stopped", async () => {
    number += 1;
    const name = `film ${number}.bin`;
    await administrator.put(name, new Uint8Array(8 * MIB).fill(number));
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/tasks");
    await page.getByRole("heading", { name: "Tasks" }).waitFor();
    const task = await move(name);
    await page.reload();
    const row = page.locator(`[data-task="${task.id}"]`);
    await row.getByText("Running").waitFor();
    await row.getByRole("button", { name }).first().click();
    await row.getByRole("listitem").filter({ hasText: "Moving" }).waitFor();
    await tour.look("tasks-running");
    const tray = page.getByRole("button", { name: /tasks? (is|are) under way/ });
    await tray.click();
    await page.getByRole("dialog").getByText(name).waitFor();
    await tour.look("tasks-tray");
    // What is asked about a row is asked above the list.
    await page.getByRole("dialog", { name: "Tasks" }).getByRole("button", { name: `Stop: ${name}` }).click();
    const question = page.getByRole("dialog", { name: "Stop this?" });
    await tour.look("tasks-tray-stop");
    await question.getByRole("button", { name: "Cancel" }).click();
    await question.waitFor({ state: "detached" });
    if (await page.getByRole("dialog", { name: "Tasks" }).isVisible()) await page.keyboard.press("Escape");
    await row.getByRole("button", { name: `Stop: ${name}` }).click();
    await page.getByRole("dialog").getByText("What is done already stays").waitFor();
    await tour.look("tasks-stop");
    await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
    await row.getByText("Stopped", { exact: true }).waitFor();
    // Nothing went wrong.
    await row.locator('li[data-state="stopped"]').waitFor();
    expect(await row.locator('li[data-state="failed"]').count()).toBe(0);
    await row.getByText("Took, with waiting").waitFor();
    await tour.look("tasks-cancelled");
    expect(await statusOf(administrator, task)).toBe("canceled");
    await tray.waitFor({ state: "detached" });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("say what there is of each kind when it is stopped", async () => {
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    const running = (id: string, type: string, phase: string, props: object) => ({ id, type, status: "processing", created_at: "2026-11-24T20:00:00Z", updated_at: "2026-11-24T20:00:05Z", summary: { phase, props: { dst: uriOf("Inbox"), failed: 0, ...props } } });
    const tasks = [
      [running("pack", "create_archive", "compress_files", { src_multiple: [uriOf("a")], dst: uriOf("Inbox/a.zip") }), "there will be no archive"],
      [running("unpack", "extract_archive", "", { src: uriOf("b.zip") }), "What was extracted already stays in /Inbox"],
      [running("early", "remote_download", "monitor", { src: "", src_str: "https://a.example/c" }), "nothing of it comes into the drive"],
      [running("late", "remote_download", "transfer", { src: "", src_str: "https://a.example/d" }), "Files that are in /Inbox already stay there"],
    ] as const;
    await page.route(/\/workflow\?.*category=general/, (route) => route.fulfill({ json: { code: 0, msg: "", data: { tasks: tasks.map(([task]) => task), pagination: { page: 0, page_size: 100, is_cursor: true } } } }));
    await tour.open("/tasks");
    for (const [{ id }, says] of tasks) {
      await page.locator(`[data-task="${id}"]`).getByRole("button", { name: /^Stop: / }).click();
      await page.getByRole("dialog").getByText(says).waitFor();
      await tour.look(`tasks-stop-${id}`);
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("that have ended are listed below those that go on, page after page", async () => {
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    const one = (name: string, status: string) => ({ id: name, type: "extract_archive", status, created_at: "2026-11-24T20:00:00Z", updated_at: "2026-11-24T20:00:05Z", duration: 5_000, summary: { phase: "", props: { src: uriOf(`${name}.zip`), dst: uriOf("Inbox"), failed: 0 } } });
    const going = Array.from({ length: 25 }, (_, at) => one(`going ${at}`, "processing"));
    await page.route(/\/workflow\?.*category=general/, (route) => {
      const asked = new URL(route.request().url()).searchParams;
      const first = asked.get("active") === "false" && !asked.has("next_page_token");
      // One is in both: it ended between the two questions.
      const ended = first ? [one("going 0", "completed"), one("ended", "completed")] : [one("halted", "canceled")];
      const tasks = asked.get("active") === "true" ? going : ended;
      return route.fulfill({ json: { code: 0, msg: "", data: { tasks, pagination: { page: 0, page_size: 25, is_cursor: true, next_token: first ? "behind" : undefined } } } });
    });
    await tour.open("/tasks");
    await page.locator('[data-task="ended"]').waitFor();
    await page.locator('[data-task="going 24"]').waitFor();
    expect(await page.locator("[data-task]").count()).toBe(26);
    expect(await page.locator('[data-task="going 0"]').getAttribute("data-status")).toBe("completed");
    await page.getByRole("button", { name: "Show more" }).click();
    await page.locator('[data-task="halted"]').waitFor();
    // Of what was stopped it says what there is.
    await page.locator('[data-task="halted"]').getByRole("button", { name: "halted" }).first().click();
    await page.getByText("What was extracted before it was stopped is in /Inbox.").waitFor();
    await page.locator('[data-task="halted"]').getByRole("button", { name: "Show in folder" }).waitFor();
    // The list scrolls, and not the page around it.
    expect(await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)).toBeLessThanOrEqual(0);
    await tour.look("tasks-ended-behind");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("say what they wait for", async () => {
    number += 1;
    const name = `parcel ${number}.bin`;
    await administrator.put(name, "a parcel");
    const staging = join(shelf, ".staging");
    renameSync(staging, `${staging} away`);
    const task = await move(name, away);
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/tasks");
    const row = page.locator(`[data-task="${task.id}"]`);
    await row.getByRole("button", { name }).first().click();
    await row.getByText("A storage cannot be used right now.").waitFor();
    await tour.look("tasks-waiting");
    renameSync(`${staging} away`, staging);
    await administrator.call("POST", `/workflow/cancel/${task.id}`);
    await row.getByText("A storage cannot be used right now.").waitFor({ state: "detached" });
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are shown to who looks after the site, with how far they are and why they failed", async () => {
    number += 1;
    const name = `reel ${number}.bin`;
    await administrator.put(name, new Uint8Array(8 * MIB).fill(number));
    await administrator.put(`torn ${number}.zip`, "this is no archive");
    const failed = (await administrator.call("POST", "/workflow/extract", { src: [uriOf(`torn ${number}.zip`)], dst: uriOf("") })) as Task;
    expect(await eventually(() => statusOf(administrator, failed), (status) => status === "error")).toBe("error");
    await move(name);
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/admin/tasks");
    const row = (about: string) => page.locator("[data-row]").filter({ hasText: about }).first();
    const status = row(name).getByText(/^(Runs|Waits|Between two steps)/).first();
    await status.waitFor();
    // Nobody has to push the list aside to see it.
    const { x, width } = (await status.boundingBox()) ?? { x: Number.NaN, width: 0 };
    expect(x + width).toBeLessThanOrEqual(size.width);
    const open = async (about: string) => {
      await (size.touch ? row(about).getByRole("button").click() : row(about).click());
      return page.getByRole("dialog");
    };
    const running = await open(name);
    await running.getByText(/^Moved/).first().waitFor();
    await tour.look("admin-task-running");
    await running.getByRole("button", { name: "Stop" }).click();
    await running.getByText("Stopped", { exact: true }).first().waitFor();
    await running.getByRole("button", { name: "Begin anew" }).waitFor();
    await tour.look("admin-task-cancelled");
    await running.getByRole("button", { name: "Close" }).click();
    const torn = await open(`torn ${number}.zip`);
    await torn.getByText(/no archive/).first().waitFor();
    await tour.look("admin-task-failed");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("tell when they have ended, wherever one is, and what they left out", async () => {
    number += 1;
    const heir = await on.register(`heir${number}`);
    const tour = await on.visit({ size, person: heir });
    const { page } = tour;
    await tour.open("/settings");
    await page.getByRole("heading", { name: "Settings" }).first().waitFor();
    // The page begins to listen a moment after it is shown.
    await page.waitForResponse((response) => response.url().includes("/file/events"));
    await bring(heir, `attic${number}`, ["one.txt", "deep/what?.txt"]);
    const notice = page.getByRole("alert").filter({ hasText: "Import: something was left out" });
    await notice.waitFor();
    await tour.look("tasks-notice");
    await notice.getByRole("button", { name: "Details" }).click();
    await page.getByText("deep/what?.txt").waitFor();
    await page.getByText("Such a name is not allowed").waitFor();
    await page.getByText("1 left out").waitFor();
    await tour.look("tasks-left-out");
    await page.getByRole("button", { name: "Show in folder" }).click();
    await tour.entry("one.txt").waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("are begun anew when they failed", async () => {
    number += 1;
    const heir = await on.register(`second${number}`);
    // The only worker is busy, so there is time to put something in the way of what waits.
    await administrator.put(`busy ${number}.bin`, new Uint8Array(8 * MIB).fill(number));
    const busy = await move(`busy ${number}.bin`);
    const failed = await bring(heir, `loft${number}`, ["one.txt"]);
    await heir.put("Attic", "in the way");
    await administrator.call("POST", `/workflow/cancel/${busy.id}`);
    expect(await eventually(() => statusOf(heir, failed), (status) => status === "error")).toBe("error");
    const tour = await on.visit({ size, person: heir });
    const { page } = tour;
    await tour.open("/tasks");
    const row = page.locator(`[data-task="${failed.id}"]`);
    await row.getByText("Failed").waitFor();
    await row.getByRole("button", { expanded: false }).click();
    await row.getByText("Why it failed").waitFor();
    await tour.look("tasks-failed");
    await heir.call("DELETE", "/file", { uris: [uriOf("Attic")] });
    await row.getByRole("button", { name: /^Try again/ }).click();
    await row.and(page.locator('[data-status="completed"]')).waitFor();
    await row.getByText("What failed before").waitFor();
    expect(await heir.read("Attic/one.txt")).toBe("an old picture");
    await tour.look("tasks-again");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("go on with what a move left where it was", async () => {
    number += 1;
    const folder = `reels ${number}`;
    for (const name of ["kept", "torn"]) await administrator.put(`${folder}/${name}-${number}.txt`, name);
    const torn = bytesOf(`torn-${number}`);
    renameSync(torn, `${torn}.away`);
    const task = await move(folder);
    const tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    await tour.open("/tasks");
    const row = page.locator(`[data-task="${task.id}"]`);
    await row.and(page.locator('[data-status="completed"]')).waitFor();
    await row.getByRole("button", { expanded: false }).click();
    await row.getByText(`torn-${number}.txt`).first().waitFor();
    await tour.look("tasks-move-partly");
    renameSync(`${torn}.away`, torn);
    await row.getByRole("button", { name: /^Try again/ }).click();
    await row.getByRole("button", { name: /^Try again/ }).waitFor({ state: "detached" });
    expect(await eventually(() => statusOf(administrator, task), (status) => status === "completed")).toBe("completed");
    await row.getByText("Begun anew", { exact: true }).waitFor();
    await row.getByText(`torn-${number}.txt`).waitFor({ state: "detached" });
    await tour.look("tasks-move-again");
    expect(await administrator.read(`${folder}/torn-${number}.txt`)).toBe("torn");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it.each(["en", "zh-CN"])("say what a move keeps where it was, and until when, in %s", async (locale) => {
    const tour = await on.visit({ size, person: administrator, locale });
    const { page } = tour;
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const left_behind = [
      { policy: "Bucket", bytes: 3 * MIB, until },
      { policy: "Gone", bytes: MIB, until: "2026-01-01T00:00:00Z" },
    ];
    const moved = { id: "moved", type: "relocate", status: "completed", created_at: "2026-11-24T20:00:00Z", updated_at: "2026-11-24T20:00:05Z", summary: { phase: "", props: { src_multiple: [uriOf("Films")], failed: 0, left_behind } } };
    await page.route(/\/workflow\?.*category=general/, (route) => route.fulfill({ json: { code: 0, msg: "", data: { tasks: [moved], pagination: { page: 0, page_size: 100, is_cursor: true } } } }));
    await tour.open("/tasks");
    const row = page.locator('[data-task="moved"]');
    await row.getByRole("button", { expanded: false }).click();
    await row.getByText("Bucket").waitFor();
    expect(await row.getByText("Gone").count()).toBe(0);
    await tour.look(`tasks-left-behind-${locale}`);
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("speak Chinese, too", async () => {
    number += 1;
    const heir = await on.register(`third${number}`);
    await bring(heir, `cellar${number}`, ["one.txt", "no?.txt"]);
    const tour = await on.visit({ size, person: heir, locale: "zh-CN" });
    await tour.open("/tasks");
    await tour.page.getByText("部分完成").waitFor();
    await tour.page.getByRole("button", { expanded: false }).last().click();
    await tour.page.getByText("不允许使用此名称").waitFor();
    await tour.look("tasks-chinese");
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("say in Chinese why they failed, and in English only if asked", async () => {
    number += 1;
    const name = `blank ${number}.zip`;
    await administrator.put(name, "this is no archive");
    await administrator.call("POST", "/workflow/extract", { src: [uriOf(name)], dst: uriOf("") });
    const tour = await on.visit({ size, person: administrator, locale: "zh-CN" });
    await tour.open("/tasks");
    const row = tour.page.locator('[data-status="error"]').filter({ hasText: name });
    await row.getByRole("button", { expanded: false }).click();
    const asked = row.getByText("服务器的原始信息（英文）");
    await asked.waitFor();
    expect(await row.getByText(/no archive/).isVisible()).toBe(false);
    await tour.look("tasks-chinese-error");
    await asked.click();
    await row.getByText(/no archive/).waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });
});
