/** What the server does in the background: watched, stopped, begun anew, and what is told of its end. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: `Stop: ${name}` }).click();
    await page.getByRole("dialog").getByText("What is done already stays").waitFor();
    await tour.look("tasks-stop");
    await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
    await row.getByText("Cancelled").waitFor();
    expect(await statusOf(administrator, task)).toBe("canceled");
    await tray.waitFor({ state: "detached" });
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
    await running.getByRole("button", { name: "Call off" }).click();
    await running.getByText("Called off").first().waitFor();
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
});
