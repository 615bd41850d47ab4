/** What is done with a task that is there. */
import i18next from "i18next";
import { lazy } from "react";
import type { Task } from "@/api/wire";
import { ports } from "@/shared/ports";
import { router } from "@/shared/router";
import { files as picks } from "@/shared/files/store";
import { showDone, showError } from "@/shared/message";
import { wayOfTask } from "@/shared/task-name";
import { tellTasks } from "@/shared/task-news";
import { ask } from "@/ui/dialogs";
import { stopTask } from "./data/cancel";
import { retryTask } from "./data/retry";
import { nameOfTask, placeOfTask } from "./names";
import { listenAnew } from "./notice";
import { staysOf } from "./stays";
import type { Locked } from "./why";

const ConfirmDialog = lazy(() => import("@/shared/ConfirmDialog"));
const t = i18next.t.bind(i18next);

/** Once it is asked and done. */
export async function cancel(task: Task) {
  const name = nameOfTask(task) || t(`tasks.kinds.${task.type}`, { defaultValue: task.type });
  const { to } = wayOfTask(task);
  const text = t(`tasks.stays.${staysOf(task)}`, { name, place: to === "/" ? t("files.myFiles") : to });
  const sure = task.status === "queued" || (await ask<boolean>((done) => <ConfirmDialog title={t("tasks.cancelTitle")} text={text} action={t("tasks.cancel")} danger done={done} />));
  if (!sure) return;
  await run(() => stopTask(task.id));
}

export async function retry(task: Task) {
  listenAnew(task.id);
  await run(() => retryTask(task.id));
}

/** What an archive was closed with is asked for, and it is extracted anew. */
export const openLocked = (locked: Locked) => void ports.tasks().then(({ extractAgain }) => extractAgain(locked.src, locked.folder, locked));

async function run(work: () => Promise<Task>) {
  try {
    const task = await work();
    if (task.status === "canceled") showDone(t("tasks.status.canceled"));
  } catch (error) {
    showError(error);
  } finally {
    tellTasks();
  }
}

/** Goes to what a task made. */
export function show(task: Task) {
  const place = placeOfTask(task);
  if (!place) return;
  // What is chosen stays when the folder is entered that it belongs to.
  picks.enter(place.folder);
  if (place.file) picks.select([place.file], place.file);
  void router.navigate({ to: "/home", search: { path: place.folder } });
}
