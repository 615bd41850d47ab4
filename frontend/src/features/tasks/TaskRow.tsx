/** A task in the list: what it is, how far, and what can be done; opened, all there is to say. */
import { ActionIcon, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { IconChevronDown, IconKey, IconRefresh, IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { canRetry } from "@/shared/task-again";
import { formatTime } from "@/ui/format";
import { cancel, openLocked, retry } from "./act";
import { Bar } from "./Bar";
import { isActive } from "./data/tasks";
import { Details } from "./Details";
import { iconOf } from "./icons";
import { isLonely } from "./lonely";
import { nameOfTask } from "./names";
import { mainPart } from "./pace";
import { Status } from "./Status";
import { leftOutOf } from "./types";
import { useParts } from "./use-parts";
import { lockedArchive, whyOf } from "./why";
import classes from "./tasks.module.css";

/** Of whose row a button was pressed last, and when. */
let pressed = { id: "", at: 0 };
/** So long a row may take to another list. */
const MOVES_MS = 10_000;

interface Props {
  task: Task;
  opened: boolean;
  onToggle: () => void;
}

export function TaskRow({ task, opened, onToggle }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  // The button that was pressed goes away with what it is for, and the row may go to another list.
  const then = () => {
    const now = document.activeElement;
    // Who went on elsewhere stays there.
    if (now !== document.body && !opener.current?.closest("li")?.contains(now)) return;
    opener.current?.focus();
    pressed = { id: task.id, at: Date.now() };
  };
  useEffect(() => {
    const moved = pressed.id === task.id && Date.now() - pressed.at < MOVES_MS;
    if (moved && document.activeElement === document.body) opener.current?.focus();
  }, [task.id]);
  const { ref, inViewport } = useInViewport<HTMLLIElement>();
  const { parts, speedOf } = useParts(task, inViewport);
  const main = mainPart(parts);
  const part = main === undefined ? undefined : parts[main];
  const Icon = iconOf(task.type);
  const kind = t(`tasks.kinds.${task.type}`, { defaultValue: task.type });
  const name = nameOfTask(task) || kind;
  const locked = lockedArchive(task);
  const { listed, more, there } = leftOutOf(task);
  const ended = task.status === "completed";
  const left = ended ? listed.length + more : 0;
  const note = [kind !== name && kind, formatTime(task.created_at), ended && there > 0 && t("tasks.thereCount", { count: there }), left > 0 && t("tasks.leftOutCount", { count: left })].filter(Boolean).join(" · ");
  return (
    <li ref={ref} className={classes.task} data-task={task.id} data-status={task.status}>
      <div className={classes.head}>
        <UnstyledButton ref={opener} className={classes.opener} aria-expanded={opened} aria-controls={id} onClick={onToggle}>
          <Icon size={22} stroke={1.6} className={classes.icon} aria-hidden />
          <span className={classes.text}>
            <Text span display="block" fw={550} lineClamp={2} title={name} style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
            <Text span display="block" size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {note}
            </Text>
            {task.error && (
              <Text span size="sm" c="var(--mantine-color-error)" lineClamp={2}>
                {whyOf(task.error).said}
              </Text>
            )}
          </span>
          <Status task={task} />
          <IconChevronDown size={18} className={classes.chevron} aria-hidden />
        </UnstyledButton>
        {locked && (
          <Tooltip label={t("tasks.enterPassword")}>
            <ActionIcon size="lg" aria-label={t("tasks.enterPasswordOf", { name })} onClick={() => openLocked(locked)}>
              <IconKey size={19} />
            </ActionIcon>
          </Tooltip>
        )}
        {/* With the password that it has it would fail again. */}
        {!locked && canRetry(task) && (
          <Tooltip label={left > 0 ? t("tasks.retryRest", { count: left }) : t("tasks.retry")}>
            <ActionIcon size="lg" aria-label={t("tasks.retryOne", { name })} onClick={() => void retry(task).then(then)}>
              <IconRefresh size={19} />
            </ActionIcon>
          </Tooltip>
        )}
        {isActive(task) && (
          <Tooltip label={t("tasks.cancel")}>
            <ActionIcon size="lg" aria-label={t("tasks.cancelOne", { name })} onClick={() => void cancel(task).then(then)}>
              <IconX size={19} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {!opened && main && part && (
        <div className={classes.bar}>
          <Bar name={main} part={part} speed={speedOf(main)} label={name} timed />
          {isLonely(task, Date.now()) && <Text size="xs">{t("tasks.lonely")}</Text>}
        </div>
      )}
      <div id={id}>{opened && <Details task={task} parts={parts} speedOf={speedOf} />}</div>
    </li>
  );
}
