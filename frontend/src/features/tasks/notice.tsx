/** Says that a task has ended, once. */
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import type { Task } from "@/api/wire";
import { ports } from "@/shared/ports";
import { router } from "@/shared/router";
import { taskNotices } from "@/shared/task-notices";
import { nameOfTask, placeOfTask } from "./names";
import { wordOf } from "./Status";
import { leftOutOf } from "./types";
import { lockedArchive, whyOf } from "./why";

const BEGUN_MS = 4_000;
const SHOWN_MS = 8_000;
const FAILED_MS = 20_000;

/** So many within this time are told as one. */
const MANY = 3;
const BURST_MS = 4_000;
const TOGETHER = "tasks-ended";

/** Of those that failed so many are named. */
const NAMED = 3;

interface End {
  id: string;
  at: number;
  failed: boolean;
  task: Task;
}

let burst: End[] = [];

const told = new Set<string>();

/** It was begun anew: its next end is news. */
export const listenAnew = (id: string) => void told.delete(id);

/** Whether this is the first to hear of it. */
export function isNews(id: string): boolean {
  const first = !told.has(id);
  told.add(id);
  return first;
}

/** Its row in the list, with all there is to say of it. */
const openTask = ({ id, type }: Task) => void router.navigate({ to: "/tasks", search: { tab: type === "remote_download" ? "downloads" : undefined, task: id } });

const kindOf = ({ type }: Task) => i18next.t(`tasks.kinds.${type}`, { defaultValue: type });

/** Of several it stays when the first of them ends. */
const begunId = (ids: readonly string[]) => `begun-${ids.join()}`;

/** Says that something goes on in the background, until it has ended or everybody has read it. */
export function tellBegun(ids: readonly string[], message: string) {
  notifications.show({ id: begunId(ids), autoClose: BEGUN_MS, withBorder: true, message }, taskNotices);
}

/** @param show goes to what it made */
export function tellEnd(task: Task, show: (task: Task) => void) {
  const word = wordOf(task);
  // Who called it off knows.
  if (word !== "completed" && word !== "partly" && word !== "error") return;
  notifications.hide(begunId([task.id]), taskNotices);
  const t = i18next.t.bind(i18next);
  const id = `task-${task.id}`;
  const kind = kindOf(task);
  const now = Date.now();
  burst = [...goingOn(burst, now), { id, at: now, failed: word === "error", task }];
  if (burst.length >= MANY) return tellMany();
  const details = word !== "completed" || !placeOfTask(task);
  const open = () => {
    notifications.hide(id, taskNotices);
    if (details) openTask(task);
    else show(task);
  };
  const { there } = leftOutOf(task);
  const locked = lockedArchive(task);
  const unlock = () => {
    notifications.hide(id, taskNotices);
    if (locked) void ports.tasks().then(({ extractAgain }) => extractAgain(locked.src, locked.folder, locked));
  };
  notifications.show(
    {
      id,
      autoClose: word === "error" ? FAILED_MS : SHOWN_MS,
      color: word === "error" ? "red" : word === "partly" ? "orange" : "teal",
      withBorder: true,
      title: t(`tasks.ended.${word}`, { kind }),
      message: (
        <Stack gap={4}>
          <Text size="sm" fw={550} c="var(--mantine-color-text)" lineClamp={3} title={nameOfTask(task)} style={{ overflowWrap: "anywhere" }}>
            {nameOfTask(task)}
          </Text>
          {there > 0 && (
            <Text size="sm" c="var(--mantine-color-text)">
              {t("tasks.thereCount", { count: there })}
            </Text>
          )}
          {task.error && (
            <Text size="sm" c="var(--mantine-color-text)" lineClamp={3} style={{ overflowWrap: "anywhere" }}>
              {whyOf(task.error).said}
            </Text>
          )}
          <Group gap="xs" justify="end">
            {locked && (
              <Button size="compact-sm" variant="filled" onClick={unlock}>
                {t("tasks.enterPassword")}
              </Button>
            )}
            <Button size="compact-sm" variant="light" onClick={open}>
              {t(details ? "files.details" : "tasks.show")}
            </Button>
          </Group>
        </Stack>
      ),
    },
    taskNotices,
  );
}

/** The ends that are told together with one of now: those of the last moments, or all that a notice tells of already. */
export function goingOn<E extends Pick<End, "at">>(ends: readonly E[], now: number): E[] {
  const isNear = ({ at }: E) => now - at < BURST_MS;
  return ends.length >= MANY && ends.slice(-1).every(isNear) ? [...ends] : ends.filter(isNear);
}

/** How many of them failed comes first: that is what has to be looked at. */
export function manyEnded(ends: readonly Pick<End, "failed">[]): { text: string; failed: boolean } {
  const all = ends.length;
  const count = ends.filter(({ failed }) => failed).length;
  if (count === 0) return { text: i18next.t("tasks.ended.many", { count: all }), failed: false };
  return { text: i18next.t(count === all ? "tasks.ended.manyFailed" : "tasks.ended.someFailed", { count, all }), failed: true };
}

/** The list says how each of them went. */
function tellMany() {
  const { text, failed } = manyEnded(burst);
  for (const { id } of burst) notifications.hide(id, taskNotices);
  const open = () => {
    notifications.hide(TOGETHER, taskNotices);
    void router.navigate({ to: "/tasks", search: {} });
  };
  const broken = burst.filter((end) => end.failed).map(({ task }) => task);
  const message = (
    <Stack gap={6}>
      <Text size="sm" fw={broken.length > 0 ? 550 : undefined} c="var(--mantine-color-text)">
        {text}
      </Text>
      {broken.slice(-NAMED).map((task) => (
        <Broken
          key={task.id}
          task={task}
          open={() => {
            notifications.hide(TOGETHER, taskNotices);
            openTask(task);
          }}
        />
      ))}
      {broken.length > NAMED && <Text size="sm">{i18next.t("taken.more", { count: broken.length - NAMED })}</Text>}
      <Group justify="end">
        <Button size="compact-sm" variant="light" onClick={open}>
          {i18next.t(broken.length > 0 ? "tasks.all" : "files.details")}
        </Button>
      </Group>
    </Stack>
  );
  const shown = { id: TOGETHER, autoClose: failed ? FAILED_MS : SHOWN_MS, color: failed ? "red" : undefined, withBorder: true, message, onClose: () => void (burst = []) };
  // One that is there already counts on.
  if (burst.length === MANY) notifications.show(shown, taskNotices);
  else notifications.update(shown, taskNotices);
}

/** One of several that failed: leads to what it says of itself. */
function Broken({ task, open }: { task: Task; open: () => void }) {
  return (
    <Anchor component="button" type="button" size="sm" ta="start" lineClamp={2} style={{ overflowWrap: "anywhere" }} onClick={open}>
      {nameOfTask(task) ? i18next.t("tasks.ended.one", { kind: kindOf(task), name: nameOfTask(task) }) : kindOf(task)}
    </Anchor>
  );
}
