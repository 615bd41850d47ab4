/** One file of the queue: how far it is, and what can be done about it. */
import { ActionIcon, Button, Group, Progress, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconFile, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatTime } from "@/ui/format";
import { forbiddenIn, shownName } from "@/ui/names";
import { errorText, showError } from "@/shared/message";
import { engine } from "./engine-here";
import { badNameOf } from "./items";
import type { UploadItem } from "./types";
import { useWaiting } from "./Standstill";
import classes from "./uploads.module.css";

export function UploadRow({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  const percent = item.size > 0 ? (item.sent / item.size) * 100 : item.state === "done" ? 100 : 0;
  const name = shownName(item.name);
  const waiting = useWaiting(item);
  const refused = item.state === "failed" ? badNameOf(item) : undefined;
  const character = refused && forbiddenIn(refused);
  const note = {
    queued: t("uploads.state.queued"),
    running: `${formatBytes(item.sent)} / ${formatBytes(item.size)}`,
    paused: `${t("uploads.state.paused")} · ${formatBytes(item.sent)} / ${formatBytes(item.size)}`,
    conflict: t(item.taken?.unfinished ? "uploads.state.unfinished" : "uploads.state.conflict"),
    failed: refused ? t(character ? "uploads.badName" : "files.badName", { character }) : item.error ? errorText(item.error) : t("uploads.state.failed"),
    lost: t("uploads.state.lost"),
    done: item.already ? t("uploads.state.already") : [formatBytes(item.size), item.instead && t("uploads.instead", { name: shownName(item.instead) })].filter(Boolean).join(" · "),
  }[item.state];
  const Icon = item.state === "done" ? IconCheck : item.state === "failed" || item.state === "conflict" || item.state === "lost" ? IconAlertTriangle : IconFile;
  return (
    <li className={classes.row} data-state={item.state}>
      <Icon size={20} stroke={1.6} className={classes.icon} aria-hidden />
      <div className={classes.text}>
        <Text size="sm" truncate title={name}>
          {name}
        </Text>
        {(item.state === "running" || item.state === "paused") && <Progress size={4} value={Math.round(percent)} my={4} aria-label={name} />}
        <Text size="xs" c={item.state === "failed" ? "var(--mantine-color-error)" : "dimmed"} className={classes.numbers}>
          {note}
        </Text>
        {waiting && (
          <Text size="xs" className={classes.standstill}>
            {waiting}
          </Text>
        )}
        {item.state === "conflict" && item.taken?.isFile && !item.taken.unfinished && (
          <Text size="xs" c="dimmed" className={classes.numbers}>
            {t("uploads.compare", { there: describe(item.taken), here: describe(item) })}
          </Text>
        )}
        {item.state === "conflict" && <Conflict item={item} />}
        {item.state === "lost" && (
          <Button size="compact-xs" mt={4} variant="light" onClick={() => pickAgain(item, t("uploads.otherFile"))}>
            {t("uploads.pickAgain")}
          </Button>
        )}
      </div>
      <Group gap={0} wrap="nowrap">
        {(item.state === "running" || item.state === "queued") && (
          <ActionIcon aria-label={t("uploads.pause", { name })} onClick={() => engine.pause(item.id)}>
            <IconPlayerPause size={17} />
          </ActionIcon>
        )}
        {item.state === "paused" && (
          <ActionIcon aria-label={t("uploads.resume", { name })} onClick={() => engine.resume(item.id)}>
            <IconPlayerPlay size={17} />
          </ActionIcon>
        )}
        {item.state === "failed" && !refused && (
          <ActionIcon aria-label={t("uploads.retry", { name })} onClick={() => engine.resume(item.id)}>
            <IconRefresh size={17} />
          </ActionIcon>
        )}
        {item.state !== "done" && (
          <ActionIcon aria-label={t("uploads.cancel", { name })} onClick={() => void engine.cancel(item.id)}>
            <IconX size={17} />
          </ActionIcon>
        )}
      </Group>
    </li>
  );
}

export const CHOICES = [
  ["keep", "uploads.keepBoth"],
  ["replace", "uploads.replace"],
  ["skip", "uploads.skip"],
] as const;

const describe = ({ size, lastModified }: { size: number; lastModified: number }) =>
  `${formatBytes(size)}, ${formatTime(new Date(lastModified).toISOString())}`;

function Conflict({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  return (
    <Group gap={4} mt={4}>
      {CHOICES.map(([choice, label]) => (
        <Button key={choice} size="compact-xs" variant="light" onClick={() => engine.resolve(item.id, choice)}>
          {t(label)}
        </Button>
      ))}
    </Group>
  );
}

function pickAgain(item: UploadItem, wrong: string) {
  const input = Object.assign(document.createElement("input"), { type: "file" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file && !engine.giveFile(item.id, file)) showError(new Error(wrong));
  });
  input.click();
}
