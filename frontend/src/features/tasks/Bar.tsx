/** How far one part of a task is: a bar, how much of how much, how fast, how long still. */
import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TaskPart } from "@/api/wire";
import { amountOf, countsBytes, nameOfPart } from "@/shared/task-parts";
import { formatBytes, formatDuration } from "@/ui/format";
import classes from "./tasks.module.css";

interface Props {
  name: string;
  part: TaskPart;
  speed: number;
  label: string;
  /** With the name of the part. */
  named?: boolean;
  /** With how long it takes still: said once of a task. */
  timed?: boolean;
}

export function Bar({ name, part, speed, label, named, timed }: Props) {
  const { t } = useTranslation();
  const { total, current } = part;
  const known = total > 0;
  const left = timed && known && speed > 0 ? formatDuration((total - current) / speed) : undefined;
  const text = [
    named && nameOfPart(name, part),
    amountOf(name, part),
    countsBytes(name) && speed > 0 && t("uploads.speed", { speed: formatBytes(speed) }),
    left && t("uploads.left", { time: left }),
  ];
  return (
    <div>
      {known ? (
        <Progress size={5} value={Math.min(100, (current / total) * 100)} aria-label={label} />
      ) : (
        <Progress size={5} value={100} striped animated aria-hidden />
      )}
      <Text size="xs" c="dimmed" mt={4} className={classes.numbers}>
        {text.filter(Boolean).join(" · ")}
      </Text>
    </div>
  );
}
