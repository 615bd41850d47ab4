/** What goes on in the background, at a glance: a button in the head, and a list below it. */
import { ActionIcon, Box, Button, CloseButton, Group, Indicator, Popover, Text, Title, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconChecklist, IconCircleCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { router } from "@/shared/router";
import { cancel } from "./act";
import { Bar } from "./Bar";
import { nameOfTask } from "./names";
import { mainPart } from "./pace";
import { wordOf } from "./Status";
import { forgetEnded, useTray } from "./tray-store";
import { useParts } from "./use-parts";
import { whyOf } from "./why";
import classes from "./tasks.module.css";

/** More rows than anybody reads; the page has them all. */
const MOST_SHOWN = 20;

/** Above the uploads, and below dialogs: what is asked about a row is asked above the list. */
const BELOW_DIALOGS = 195;

export default function TasksButton({ active }: { active: readonly Task[] }) {
  const { t } = useTranslation();
  const ended = useTray((state) => state.ended);
  const [opened, { toggle, close }] = useDisclosure();
  if (active.length === 0 && ended.length === 0) return null;
  const toAll = () => {
    close();
    void router.navigate({ to: "/tasks", search: {} });
  };
  const failed = ended.filter(({ status }) => status === "error").length;
  const said = [failed > 0 && t("tasks.ended.manyFailed", { count: failed }), active.length > 0 && t("tasks.running", { count: active.length })].filter(Boolean);
  const label = said.join(" · ") || t("tasks.allEnded");
  return (
    <Popover opened={opened} onChange={(open) => !open && close()} position="bottom-end" width="min(380px, calc(100vw - 24px))" shadow="xl" radius="lg" trapFocus returnFocus withRoles={false} zIndex={BELOW_DIALOGS}>
      <Popover.Target>
        <Indicator disabled={failed === 0 && active.length === 0} color={failed > 0 ? "red" : "accent"} size={16} offset={7} label={failed > 0 ? "!" : active.length}>
          <Tooltip label={label} disabled={opened}>
            <ActionIcon size={40} data-tasks aria-label={label} aria-expanded={opened} onClick={toggle}>
              <IconChecklist size={21} />
            </ActionIcon>
          </Tooltip>
        </Indicator>
      </Popover.Target>
      <Popover.Dropdown p="sm" role="dialog" aria-label={t("tasks.title")}>
        <Group justify="space-between" wrap="nowrap" mb={6}>
          <Title order={2} size="h5" aria-live="polite">
            {label}
          </Title>
          <CloseButton aria-label={t("app.close")} onClick={close} />
        </Group>
        <ul className={classes.tray}>
          {active.slice(0, MOST_SHOWN).map((task) => (
            <Running key={task.id} task={task} />
          ))}
          {ended.map((task) => (
            <Ended key={task.id} task={task} />
          ))}
        </ul>
        <Group justify="space-between" mt="xs">
          <Button size="compact-sm" variant="subtle" onClick={toAll}>
            {t("tasks.all")}
          </Button>
          {ended.length > 0 && (
            <Button size="compact-sm" variant="subtle" onClick={() => forgetEnded()}>
              {t("uploads.clear")}
            </Button>
          )}
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}

function Running({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { parts, speedOf } = useParts(task, true);
  const kind = t(`tasks.kinds.${task.type}`, { defaultValue: task.type });
  const name = nameOfTask(task) || kind;
  const main = mainPart(parts);
  const part = main === undefined ? undefined : parts[main];
  return (
    <li className={classes.running}>
      <Group wrap="nowrap" gap="xs">
        <div className={classes.text}>
          <Text size="sm" truncate title={name}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {kind} · {t(`tasks.status.${wordOf(task)}`)}
          </Text>
        </div>
        <ActionIcon aria-label={t("tasks.cancelOne", { name })} onClick={() => void cancel(task)}>
          <IconX size={17} />
        </ActionIcon>
      </Group>
      {main && part && (
        <Box mt={6}>
          <Bar name={main} part={part} speed={speedOf(main)} label={name} timed />
        </Box>
      )}
    </li>
  );
}

function Ended({ task }: { task: Task }) {
  const { t } = useTranslation();
  const word = wordOf(task);
  const kind = t(`tasks.kinds.${task.type}`, { defaultValue: task.type });
  return (
    <li className={classes.running}>
      <Group wrap="nowrap" gap="xs">
        {word === "completed" ? <IconCircleCheck size={19} color="var(--mantine-color-teal-7)" aria-hidden /> : <IconAlertTriangle size={19} color={word === "error" ? "var(--mantine-color-error)" : undefined} aria-hidden />}
        <div className={classes.text}>
          <Text size="sm" truncate>
            {nameOfTask(task) || kind}
          </Text>
          <Text size="xs" c="dimmed" lineClamp={2}>
            {kind} · {task.error ? whyOf(task.error).said : t(`tasks.status.${word}`)}
          </Text>
        </div>
      </Group>
    </li>
  );
}
