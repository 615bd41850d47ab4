import { ActionIcon, Button, CloseButton, Group, Indicator, Paper, Progress, RingProgress, Text, Title, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconCloudUpload, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useCovers } from "@/ui/covered";
import { formatBytes, formatDuration } from "@/ui/format";
import { giveFocusBack } from "@/ui/focus";
import type { UploadItem } from "./types";
import { engine } from "./engine-here";
import { badNameOf } from "./items";
import { useUploadPanel } from "./panel-store";
import { useStandstill } from "./Standstill";
import { CHOICES, UploadRow } from "./UploadRow";
import classes from "./uploads.module.css";

/** More rows than anybody reads; the rest is counted. */
const MOST_SHOWN = 100;
const ONCE_MORE_MS = 3000;
/** What needs somebody comes first. */
const RANK = { conflict: 0, failed: 1, lost: 2, running: 3, paused: 4, queued: 5, done: 6 } as const;

export default function UploadButton({ account }: { account: string }) {
  const { t } = useTranslation();
  const items = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const open = useUploadPanel((state) => state.open);
  const [called, setCalled] = useState(false);
  useEffect(() => {
    if (!open) setCalled(false);
  }, [open]);
  useEffect(() => {
    void bringBack(account);
  }, [account]);
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

/** What an earlier page left is said, not only done; nothing that needs nobody is in the way. */
async function bringBack(account: string) {
  const look = async () => {
    const count = await engine.restore(account).catch(() => 0);
    if (count > 0 && !useUploadPanel.getState().open) useUploadPanel.setState({ open: true, folded: true });
  };
  await look();
  // A page that is being left may hold on to its uploads for a moment.
  setTimeout(() => void look(), ONCE_MORE_MS);
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
  useCovers(panel);
  const { active, left, attention, done, total } = summary(items);
  // Who is needed sees for what.
  const folded = useUploadPanel((state) => state.folded) && attention === 0;
  const finished = items.filter((item) => item.state === "done" && !item.already).length;
  const already = items.filter((item) => item.already).length;
  const paused = items.some((item) => item.state === "paused");
  const speed = useSpeed(active > 0);
  const standstill = useStandstill(items);
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
      className={classes.panel}
      data-uploads-panel
      shadow="xl"
      radius="lg"
    >
      <Group justify="space-between" wrap="nowrap" px="md" py="sm">
        <div>
          <Title order={2} size="h5">
            {active > 0 ? t("uploads.uploading", { count: active }) : attention > 0 ? t("uploads.attention", { count: attention }) : paused ? t("uploads.state.paused") : finished > 0 || already === 0 ? t("uploads.finished", { count: finished }) : t("uploads.already", { count: already })}
          </Title>
          {active > 0 && (
            <Text size="sm" c="dimmed" className={classes.numbers}>
              {standstill ?? `${t("uploads.speed", { speed: formatBytes(speed) })}${speed > 0 ? ` · ${t("uploads.left", { time: formatDuration(left / speed) })}` : ""}`}
            </Text>
          )}
        </div>
        <Group gap={2} wrap="nowrap">
          {attention === 0 && (
            <ActionIcon
              aria-label={t(folded ? "uploads.unfold" : "uploads.fold")}
              aria-expanded={!folded}
              onClick={() => useUploadPanel.setState({ folded: !folded })}
            >
              {folded ? <IconChevronUp size={18} /> : <IconChevronDown size={18} />}
            </ActionIcon>
          )}
          <CloseButton aria-label={t("app.close")} onClick={close} />
        </Group>
      </Group>
      {folded && active > 0 && <Progress size={4} radius={0} value={total > 0 ? (done / total) * 100 : 100} aria-label={t("uploads.title")} />}
      {!folded && <Queue items={items} />}
    </Paper>
  );
}

/** What can be done with all of them, and each of them. */
function Queue({ items }: { items: readonly UploadItem[] }) {
  const { t } = useTranslation();
  const is = (...states: UploadItem["state"][]) => items.some((item) => states.includes(item.state));
  const conflicts = items.filter((item) => item.state === "conflict");
  const shown = [...items].sort((a, b) => RANK[a.state] - RANK[b.state]).slice(0, MOST_SHOWN);
  return (
    <>
      <Group gap={4} px="xs" pb={6}>
        {is("running", "queued") && (
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlayerPause size={15} />} onClick={() => engine.pauseAll()}>
            {t("uploads.pauseAll")}
          </Button>
        )}
        {items.some((item) => item.state === "paused" || (item.state === "failed" && !badNameOf(item))) && (
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlayerPlay size={15} />} onClick={() => engine.resumeAll()}>
            {t("uploads.resumeAll")}
          </Button>
        )}
        {is("done") && (
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it */}
      <div className={classes.scroll} tabIndex={0}>
        <ul className={classes.list}>
          {shown.map((item) => (
            <UploadRow key={item.id} item={item} />
          ))}
          {items.length > MOST_SHOWN && (
            <Text component="li" size="sm" c="dimmed" px="md" py={6}>
              {t("uploads.more", { count: items.length - MOST_SHOWN })}
            </Text>
          )}
        </ul>
      </div>
    </>
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
