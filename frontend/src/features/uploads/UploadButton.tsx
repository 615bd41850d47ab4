import { ActionIcon, Button, CloseButton, Group, Indicator, Paper, Progress, RingProgress, Text, Title, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCloudUpload, IconFile, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { formatBytes, formatDuration } from "@/ui/format";
import { giveFocusBack } from "@/ui/focus";
import { errorText, showError } from "@/ui/message";
import type { UploadItem } from "./types";
import { engine } from "./engine-here";
import { useUploadPanel } from "./panel-store";
import classes from "./uploads.module.css";

/** More rows than anybody reads; the rest is counted. */
const MOST_SHOWN = 100;
const RANK = { conflict: 0, failed: 1, lost: 2, running: 3, paused: 4, queued: 5, done: 6 } as const;

export default function UploadButton({ account }: { account: string }) {
  const { t } = useTranslation();
  const items = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const open = useUploadPanel((state) => state.open);
  const [called, setCalled] = useState(false);
  useEffect(() => {
    if (!open) setCalled(false);
  }, [open]);
  useEffect(() => void engine.restore(account).catch(() => {}), [account]);
  if (items.length === 0) return null;
  const { done, total, active, attention } = summary(items);
  const toggle = () => {
    setCalled(true);
    useUploadPanel.setState({ open: !open });
  };
  const percent = total > 0 ? (done / total) * 100 : 100;
  return (
    <>
      <Tooltip label={t("uploads.title")}>
        <Indicator disabled={!attention} color="red" size={9} offset={6}>
          <ActionIcon size={40} data-uploads aria-label={t("uploads.title")} aria-expanded={open} onClick={toggle}>
            {active ? (
              <RingProgress size={36} thickness={3} rootColor="var(--line)" sections={[{ value: percent, color: "accent" }]} label={<IconCloudUpload size={16} style={{ display: "block", margin: "auto" }} />} />
            ) : (
              <IconCloudUpload size={21} />
            )}
          </ActionIcon>
        </Indicator>
      </Tooltip>
      {open && createPortal(<Panel items={items} called={called} />, document.body)}
    </>
  );
}

function summary(items: readonly UploadItem[]) {
  let done = 0;
  let total = 0;
  let left = 0;
  let active = 0;
  let attention = 0;
  for (const item of items) {
    done += item.sent;
    total += item.size;
    if (item.state === "running" || item.state === "queued") {
      active += 1;
      left += item.size - item.sent;
    }
    if (item.state === "conflict" || item.state === "failed" || item.state === "lost") attention += 1;
  }
  return { done, total, left, active, attention };
}

/** @param called by its button, rather than by an upload that began: then the focus comes along */
function Panel({ items, called }: { items: readonly UploadItem[]; called: boolean }) {
  const { t } = useTranslation();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (called) panel.current?.focus({ preventScroll: true });
  }, [called]);
  const { active, left, attention } = summary(items);
  const conflicts = items.filter((item) => item.state === "conflict");
  const finished = items.filter((item) => item.state === "done").length;
  const paused = items.some((item) => item.state === "paused");
  const failed = items.some((item) => item.state === "failed");
  const speed = useSpeed(active > 0);
  const shown = [...items].sort((a, b) => RANK[a.state] - RANK[b.state]).slice(0, MOST_SHOWN);
  const close = () => {
    useUploadPanel.setState({ open: false });
    if (active === 0 && attention === 0) engine.clearDone();
    giveFocusBack(document.querySelector("[data-uploads]"));
  };
  return (
    <Paper
      ref={panel}
      component="section"
      tabIndex={-1}
      aria-label={t("uploads.title")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
      className={classes.panel} shadow="xl"
      radius="lg"
    >
      <Group justify="space-between" wrap="nowrap" px="md" py="sm">
        <div>
          <Title order={2} size="h5">
            {active > 0 ? t("uploads.uploading", { count: active }) : attention > 0 ? t("uploads.attention", { count: attention }) : paused ? t("uploads.state.paused") : t("uploads.finished", { count: finished })}
          </Title>
          {active > 0 && (
            <Text size="sm" c="dimmed" className={classes.numbers}>
              {t("uploads.speed", { speed: formatBytes(speed) })}
              {speed > 0 && ` · ${t("uploads.left", { time: formatDuration(left / speed) })}`}
            </Text>
          )}
        </div>
        <CloseButton aria-label={t("app.close")} onClick={close} />
      </Group>
      <Group gap={4} px="xs" pb={6}>
        {active > 0 && (
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlayerPause size={15} />} onClick={() => engine.pauseAll()}>
            {t("uploads.pauseAll")}
          </Button>
        )}
        {(paused || failed) && (
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlayerPlay size={15} />} onClick={() => engine.resumeAll()}>
            {t("uploads.resumeAll")}
          </Button>
        )}
        {finished > 0 && (
          <Button size="compact-sm" variant="subtle" onClick={() => engine.clearDone()}>
            {t("uploads.clear")}
          </Button>
        )}
      </Group>
      {conflicts.length > 1 && (
        <Group gap={4} px="md" pb={8} role="group" aria-label={t("uploads.conflicts", { count: conflicts.length })}>
          <Text size="sm" w="100%">
            {t("uploads.conflicts", { count: conflicts.length })}
          </Text>
          {CHOICES.map(([choice, label]) => (
            <Button key={choice} size="compact-sm" variant="light" onClick={() => engine.resolve(conflicts[0]?.id ?? "", choice, true)}>
              {t("uploads.forAll", { choice: t(label) })}
            </Button>
          ))}
        </Group>
      )}
      <div className={classes.scroll} tabIndex={0}>
        <ul className={classes.list}>
          {shown.map((item) => (
            <Row key={item.id} item={item} />
          ))}
          {items.length > MOST_SHOWN && (
            <Text component="li" size="sm" c="dimmed" px="md" py={6}>
              {t("uploads.more", { count: items.length - MOST_SHOWN })}
            </Text>
          )}
        </ul>
      </div>
    </Paper>
  );
}

function useSpeed(active: boolean): number {
  const [speed, setSpeed] = useState(0);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setSpeed(engine.speed()), 700);
    return () => clearInterval(timer);
  }, [active]);
  return speed;
}

function Row({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  const percent = item.size > 0 ? (item.sent / item.size) * 100 : item.state === "done" ? 100 : 0;
  const note = {
    queued: t("uploads.state.queued"),
    running: `${formatBytes(item.sent)} / ${formatBytes(item.size)}`,
    paused: `${t("uploads.state.paused")} · ${formatBytes(item.sent)} / ${formatBytes(item.size)}`,
    conflict: t("uploads.state.conflict"),
    failed: item.error ? errorText(item.error) : t("uploads.state.failed"),
    lost: t("uploads.state.lost"),
    done: formatBytes(item.size),
  }[item.state];
  const Icon = item.state === "done" ? IconCheck : item.state === "failed" || item.state === "conflict" || item.state === "lost" ? IconAlertTriangle : IconFile;
  return (
    <li className={classes.row} data-state={item.state}>
      <Icon size={20} stroke={1.6} className={classes.icon} aria-hidden />
      <div className={classes.text}>
        <Text size="sm" truncate title={item.name}>
          {item.name}
        </Text>
        {(item.state === "running" || item.state === "paused") && <Progress size={4} value={Math.round(percent)} my={4} aria-label={item.name} />}
        <Text size="xs" c={item.state === "failed" ? "var(--mantine-color-error)" : "dimmed"} className={classes.numbers}>
          {note}
        </Text>
        {item.state === "conflict" && <Conflict item={item} />}
        {item.state === "lost" && (
          <Button size="compact-xs" mt={4} variant="light" onClick={() => pickAgain(item, t("uploads.otherFile"))}>
            {t("uploads.pickAgain")}
          </Button>
        )}
      </div>
      <Group gap={0} wrap="nowrap">
        {(item.state === "running" || item.state === "queued") && (
          <ActionIcon aria-label={t("uploads.pause", { name: item.name })} onClick={() => engine.pause(item.id)}>
            <IconPlayerPause size={17} />
          </ActionIcon>
        )}
        {item.state === "paused" && (
          <ActionIcon aria-label={t("uploads.resume", { name: item.name })} onClick={() => engine.resume(item.id)}>
            <IconPlayerPlay size={17} />
          </ActionIcon>
        )}
        {item.state === "failed" && (
          <ActionIcon aria-label={t("uploads.retry", { name: item.name })} onClick={() => engine.resume(item.id)}>
            <IconRefresh size={17} />
          </ActionIcon>
        )}
        {item.state !== "done" && (
          <ActionIcon aria-label={t("uploads.cancel", { name: item.name })} onClick={() => void engine.cancel(item.id)}>
            <IconX size={17} />
          </ActionIcon>
        )}
      </Group>
    </li>
  );
}

const CHOICES = [
  ["keep", "uploads.keepBoth"],
  ["replace", "uploads.replace"],
  ["skip", "uploads.skip"],
] as const;

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
