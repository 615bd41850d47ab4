/** How far one part of a task is: a bar, how much of how much, how fast, how long still. */
import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TaskPart } from "@/api/wire";
import { nameOf } from "@/api/uri";
import { formatBytes, formatDuration, formatNumber } from "@/ui/format";
import { shownName } from "@/ui/names";
import { countsBytes } from "./pace";
import classes from "./tasks.module.css";

interface Props {
  name: string;
  part: TaskPart;
  speed: number;
  label: string;
  /** With the name of the part. */
  named?: boolean;
}

export function Bar({ name, part: { total, current, identifier }, speed, label, named }: Props) {
  const { t } = useTranslation();
  const bytes = countsBytes(name);
  const amount = bytes ? formatBytes : formatNumber;
  const known = total > 0;
  const left = known && speed > 0 ? formatDuration((total - current) / speed) : undefined;
  const text = [
    named && (name.startsWith("upload_single_") ? lastName(identifier) : t(`tasks.parts.${name}`, { defaultValue: name })),
    known ? t(bytes ? "tasks.of" : "tasks.filesOf", { done: amount(current), all: amount(total), count: total }) : bytes ? amount(current) : t("files.countFiles", { count: current }),
    bytes && speed > 0 && t("uploads.speed", { speed: formatBytes(speed) }),
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

function lastName(uri: string): string {
  try {
    return shownName(nameOf(uri));
  } catch {
    return shownName(uri);
  }
}
