/** All there is to say of a task. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconClockPause, IconFolder, IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Task, TaskPart } from "@/api/wire";
import facts from "@/shared/facts.module.css";
import { LeftBehind } from "@/shared/LeftBehind";
import { wayOfTask } from "@/shared/task-name";
import { formatDuration, formatFullTime, formatNumber } from "@/ui/format";
import { openLocked, show } from "./act";
import { partsThatSay } from "@/shared/task-parts";
import { AsServerSaid } from "@/shared/AsServerSaid";
import { Bar } from "./Bar";
import { isActive } from "./data/tasks";
import { Elapsed } from "./Elapsed";
import { LeftOut } from "./LeftOut";
import { nameOfTask, placeOfTask } from "./names";
import { mainPart } from "./pace";
import { Renamed } from "./Renamed";
import { Steps } from "./Steps";
import { stayedOf } from "./stays";
import { Torrent } from "./Torrent";
import { propsOf } from "./types";
import { lockedArchive, whyOf } from "./why";
import classes from "./tasks.module.css";

interface Props {
  task: Task;
  parts: Record<string, TaskPart>;
  speedOf: (key: string) => number;
}

export function Details({ task, parts, speedOf }: Props) {
  const { t } = useTranslation();
  const name = nameOfTask(task);
  const stayed = stayedOf(task);
  const { to } = wayOfTask(task);
  const place = placeOfTask(task);
  const { download, waiting } = propsOf(task);
  const main = mainPart(parts);
  return (
    <div className={classes.details}>
      <Steps task={task} />
      {partsThatSay(parts).map(([key, part]) => (
        <Bar key={key} name={key} part={part} speed={speedOf(key)} label={name} named timed={key === main} />
      ))}
      {task.error && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t("tasks.error")}>
          <Why error={task.error} />
          <NeedsPassword task={task} />
        </Alert>
      )}
      {waiting && task.status === "suspending" && (
        <Alert color="yellow" c="var(--mantine-color-text)" styles={{ title: { color: "var(--mantine-color-text)" } }} icon={<IconClockPause size={18} />} title={t("tasks.waiting.title")}>
          {t(`tasks.waiting.${waiting}`)}
        </Alert>
      )}
      {stayed && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {t(`tasks.stayed.${stayed}`, { place: to === "/" ? t("files.myFiles") : to })}
        </Text>
      )}
      {download && <Torrent task={task} download={download} />}
      <LeftOut task={task} />
      <Renamed task={task} />
      <LeftBehind task={task} />
      <Facts task={task} />
      {task.error_history && (
        <section>
          <Text component="h2" fw={600} size="sm" mb={4}>
            {t("tasks.errorHistory")}
          </Text>
          <ol className={classes.errors}>
            {runsOf(task.error_history).map(({ error, times }, at) => (
              <li key={at}>
                <Why error={error} />
                {times > 1 && (
                  <Text size="xs" c="dimmed">
                    {t("tasks.times", { count: times })}
                  </Text>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
      {place && (task.status === "completed" || stayed) && (
        <Group>
          <Button size="compact-md" variant="light" leftSection={<IconFolder size={17} />} onClick={() => show(task)}>
            {t("tasks.show")}
          </Button>
        </Group>
      )}
    </div>
  );
}

/** The same error several times in a row is one, with how often. */
function runsOf(errors: string[]): { error: string; times: number }[] {
  const runs: { error: string; times: number }[] = [];
  for (const error of errors) {
    const last = runs.at(-1);
    if (last?.error === error) last.times += 1;
    else runs.push({ error, times: 1 });
  }
  return runs;
}

/** In the words of whoever reads it, and below as the server said it. */
function Why({ error }: { error: string }) {
  const { said, detail } = whyOf(error);
  return (
    <>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {said}
      </Text>
      {detail && <AsServerSaid>{detail}</AsServerSaid>}
    </>
  );
}

/** What an archive was closed with may be given after all. */
function NeedsPassword({ task }: { task: Task }) {
  const { t } = useTranslation();
  const locked = lockedArchive(task);
  if (!locked) return null;
  return (
    <Button mt="sm" size="compact-sm" variant="white" leftSection={<IconKey size={16} />} onClick={() => openLocked(locked)}>
      {t("tasks.enterPassword")}
    </Button>
  );
}

function Facts({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { from, sources, to } = wayOfTask(task);
  const rows: [string, ReactNode][] = [
    ["from", from && (sources > 1 ? t("tasks.andMore", { name: from, count: sources - 1 }) : from)],
    ["to", to === "/" ? t("files.myFiles") : to],
    ["begun", formatFullTime(task.created_at)],
    ["anew", task.begun_at && formatFullTime(task.begun_at)],
    ["changed", formatFullTime(task.updated_at)],
    [isActive(task) ? "since" : "took", <Elapsed key="elapsed" task={task} />],
    ["worked", task.duration && formatDuration(task.duration / 1000)],
    ["node", task.node?.name],
    ["retries", task.retry_count && formatNumber(task.retry_count)],
    ["number", task.id],
  ];
  return (
    <dl className={facts.facts}>
      {rows.map(
        ([key, value]) =>
          !!value && (
            <div key={key} style={{ display: "contents" }}>
              <dt>{t(`tasks.fact.${key}`)}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
