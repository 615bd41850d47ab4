/** Work that goes on in the background. */
import { Button, Text } from "@mantine/core";
import { AsServerSaid } from "@/shared/AsServerSaid";
import { IconEraser } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LeftBehind } from "@/shared/LeftBehind";
import { showDone, showTrouble } from "@/shared/message";
import { canRetry } from "@/shared/task-again";
import { nameOfTask, wayOfTask } from "@/shared/task-name";
import { isUnderWay, standingOf } from "@/shared/task-standing";
import { whyOf } from "@/shared/task-why";
import { formatDuration, formatFullTime, formatTime } from "@/ui/format";
import { sure } from "../ask";
import { refresh } from "../data/refresh";
import { cancelTask, deleteTasks, forgetTasks, goesOn, loadTasks, retryTask, type TaskRow } from "../data/tasks";
import { HowFar } from "../list/HowFar";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";
import { refusal } from "../refusal";
import { ImportReport, isImport } from "./policy/ImportReport";
import { failuresOf } from "../data/relocation";
import { Failures } from "./relocation/Failures";

const STATES = ["queued", "processing", "suspending", "error", "canceled", "completed"] as const;
/** As the server calls them. */
export const KINDS = [
  "create_archive",
  "extract_archive",
  "remote_download",
  "relocate",
  "import",
  "mail",
  "thumbnail",
  "entity_recycle_routine",
  "upload_sentinel_check",
  "abort_upload",
  "trash_collect",
  "blob_verify",
  "blob_scrub",
  "mirror_repair",
  "prune_versions",
  "prune_journal",
  "prune_tasks",
  "renew_credentials",
  "user_purge",
] as const;
const NANO = 1_000_000_000;

const standing = ({ status, summary, public_state }: TaskRow) => standingOf({ status, summary, retrying: public_state.retrying });

const KIND: Kind<TaskRow> = {
  id: "tasks",
  load: loadTasks,
  nameOf: ({ type, id }) => `${word(type)} #${id}`,
  newestFirst: true,
  changes: goesOn,
  columns: [
    { id: "kind", cell: ({ type }) => word(type), wraps: true, share: 16 },
    { id: "about", cell: nameOfTask, wraps: true, share: 45 },
    { id: "status", cell: (row) => <State value={standing(row)} />, text: ({ status }) => status },
    { id: "owner", cell: ({ edges }) => edges.user?.email ?? word("system"), wraps: true, share: 22 },
    { id: "error", cell: ({ public_state: { error } }) => error && whyOf(error).said, text: ({ public_state }) => public_state.error ?? "", wraps: true, share: 27, under: "about" },
    { id: "created", cell: ({ created_at }) => <span title={formatFullTime(created_at)}>{formatTime(created_at)}</span>, text: ({ created_at }) => created_at },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "task_type", choices: KINDS }, { name: "task_status", choices: STATES }, { name: "task_user_id", pick: "person" }, { name: "task_correlation_id" }],
  actions: [{ id: "delete", run: (rows) => deleteTasks(rows.map(({ id }) => id)) }],
  Detail,
  Tools,
};

export const TasksPage = () => <Listing kind={KIND} />;

function Tools() {
  const { t } = useTranslation();
  const forget = async () => {
    if (!(await sure(t("admin.actions.forget"), t("admin.warnings.forget")))) return;
    try {
      await forgetTasks(new Date().toISOString());
      showDone(t("admin.done"));
    } catch (error) {
      showTrouble(refusal(error));
    } finally {
      await refresh(KIND.id);
    }
  };
  return (
    <Button variant="default" leftSection={<IconEraser size={16} />} onClick={() => void forget()}>
      {t("admin.actions.forget")}
    </Button>
  );
}

/** Of imports their report says it. */
function wayFacts(row: TaskRow, t: TFunction): [string, ReactNode][] {
  const { from, sources, to } = wayOfTask(row);
  const all = from && (sources > 1 ? t("tasks.andMore", { name: from, count: sources - 1 }) : from);
  return [
    ["from", isImport(row) ? undefined : all],
    ["to", to],
  ];
}

function Detail({ row }: { row: TaskRow }) {
  const { t } = useTranslation();
  const deeds: Deed[] = [];
  if (goesOn(row)) deeds.push({ id: "cancel", danger: true, run: () => cancelTask(row.id) });
  if (canRetry(row)) deeds.push({ id: "retry", run: () => retryTask(row.id) });
  const state = row.public_state;
  const failures = failuresOf(row.summary?.props);
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      {isUnderWay(row) && <HowFar row={row} />}
      <Facts
        facts={[
          ["kind", word(row.type)],
          ["about", nameOfTask(row)],
          ...wayFacts(row, t),
          ["status", <State key="s" value={standing(row)} />],
          ["owner", row.edges.user?.email ?? word("system")],
          ["error", state.error ? <Why key="w" error={state.error} /> : undefined],
          ["earlier_errors", state.error_history?.map((line, at) => <Text key={at} size="sm" component="div"><Why error={line} /></Text>)],
          ["failures", failures.length > 0 ? <Failures key="f" all={failures} count={Number(row.summary?.props.failed ?? 0)} /> : undefined],
          ["retries", state.retry_count],
          ["worked", state.executed_duration ? formatDuration(state.executed_duration / NANO) : undefined],
          ["node", row.node?.name],
          ["correlation", row.correlation_id],
          ["created", formatFullTime(row.created_at)],
          ["updated", formatFullTime(row.updated_at)],
          ["id", row.id],
        ]}
      />
      <LeftBehind task={row} />
      {isImport(row) && <ImportReport row={row} />}
    </Part>
  );
}

/** In words, and as the server said it: who looks after a site needs both. */
function Why({ error }: { error: string }) {
  const { said, detail } = whyOf(error);
  return (
    <>
      {said}
      {detail && <AsServerSaid>{detail}</AsServerSaid>}
    </>
  );
}
