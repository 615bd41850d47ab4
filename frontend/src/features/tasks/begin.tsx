/** Begins what the server goes on with in the background; asks first where there is something to choose. */
import i18next from "i18next";
import { parentUri } from "@/api/uri";
import type { FileItem, Task } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { showError } from "@/shared/message";
import { ports } from "@/shared/ports";
import { tellTasks } from "@/shared/task-news";
import { unpackEach } from "./data/extract";
import CompressDialog from "./dialogs/CompressDialog";
import DownloadDialog from "./dialogs/DownloadDialog";
import ExtractDialog from "./dialogs/ExtractDialog";
import { nameOfTask } from "./names";
import { tellBegun } from "./notice";

const t = i18next.t.bind(i18next);

function begun(what: "pack" | "unpack" | "fetch", ...tasks: Task[]) {
  const [first] = tasks;
  if (!first) return;
  tellTasks();
  const many = what === "unpack" && tasks.length > 1 ? "unpackMany" : what;
  tellBegun(tasks.map(({ id }) => id), t(`tasks.begun.${many}`, { name: nameOfTask(first), count: tasks.length }));
}

export async function compress(files: readonly FileItem[]) {
  const task = await ask<Task>((done) => <CompressDialog files={files} done={done} />);
  if (task) begun("pack", task);
}

/** Each beside its archive; what is there already stays. */
export async function extractHere(files: readonly FileItem[]) {
  const { tasks, error } = await unpackEach(files.map(({ path }) => path), (archive) => ({ dst: parentUri(archive) }));
  begun("unpack", ...tasks);
  if (error) showError(error);
}

/** @param mask paths in the only archive; without them all of it @param locked some of it takes a password */
export async function extractTo(files: readonly FileItem[], mask?: string[], encoding?: string, locked = false) {
  const [first] = files;
  if (!first) return;
  const tasks = await ask<Task[]>((done) => <ExtractDialog archives={files.map(({ path }) => path)} folder={parentUri(first.path)} mask={mask} encoding={encoding} locked={locked ? "some" : undefined} done={done} />);
  if (tasks) begun("unpack", ...tasks);
}

type Again = Parameters<Awaited<ReturnType<typeof ports.tasks>>["extractAgain"]>[2];

/** Once more, as it was refused without its password. */
export async function extractAgain(uri: string, folder: string, { names = false, ...how }: Again = {}) {
  const tasks = await ask<Task[]>((done) => <ExtractDialog archives={[uri]} folder={folder} locked={names ? "names" : "content"} {...how} done={done} />);
  if (tasks) begun("unpack", ...tasks);
}

/** @param torrent the file that names what is fetched; without it links are asked for */
export async function fetchTo(folder: string, torrent?: FileItem) {
  const tasks = await ask<Task[]>((done) => <DownloadDialog folder={folder} torrent={torrent?.path} done={done} />);
  if (tasks) begun("fetch", ...tasks);
}
