/** Says that a task has ended, once. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import type { Task } from "@/api/wire";
import { router } from "@/shared/router";
import { nameOfTask, placeOfTask } from "./names";
import { wordOf } from "./Status";

const SHOWN_MS = 8_000;
const FAILED_MS = 20_000;

const told = new Set<string>();

/** It was begun anew: its next end is news. */
export const listenAnew = (id: string) => void told.delete(id);

/** Whether this is the first to hear of it. */
export function isNews(id: string): boolean {
  const first = !told.has(id);
  told.add(id);
  return first;
}

/** @param show goes to what it made */
export function tellEnd(task: Task, show: (task: Task) => void) {
  const word = wordOf(task);
  // Who called it off knows.
  if (word !== "completed" && word !== "partly" && word !== "error") return;
  const t = i18next.t.bind(i18next);
  const id = `task-${task.id}`;
  const kind = t(`tasks.kinds.${task.type}`, { defaultValue: task.type });
  const details = word !== "completed" || !placeOfTask(task);
  const open = () => {
    notifications.hide(id);
    if (details) void router.navigate({ to: "/tasks", search: { tab: task.type === "remote_download" ? "downloads" : undefined, task: task.id } });
    else show(task);
  };
  notifications.show({
    id,
    autoClose: word === "error" ? FAILED_MS : SHOWN_MS,
    color: word === "error" ? "red" : word === "partly" ? "orange" : "teal",
    withBorder: true,
    title: t(`tasks.ended.${word}`, { kind }),
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
          {nameOfTask(task)}
        </Text>
        <Button size="compact-sm" variant="light" flex="none" onClick={open}>
          {t(details ? "files.details" : "tasks.show")}
        </Button>
      </Group>
    ),
  });
}
