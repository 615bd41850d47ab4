import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { standingOf } from "@/shared/task-standing";

const COLOURS: Record<string, string> = { completed: "teal", error: "red", canceled: "gray", queued: "gray" };

/** How a task stands, in a word or two. */
export function wordOf(task: Task): string {
  return standingOf(task);
}

export function Status({ task }: { task: Task }) {
  const { t } = useTranslation();
  const word = wordOf(task);
  const colour = word === "partly" ? "orange" : (COLOURS[task.status] ?? "accent");
  return (
    <Badge variant="light" color={colour} c="var(--mantine-color-text)" size="md" tt="none" fw={550} style={{ flex: "none" }}>
      {t(`tasks.status.${word}`, { defaultValue: task.status })}
    </Badge>
  );
}
