/** What happened on the site: by whom, from where. */
import { Code } from "@mantine/core";
import i18next from "i18next";
import { formatFullTime } from "@/ui/format";
import { type EventRow, exportEvents, loadEvents } from "../data/events";
import { Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";

/** Kinds that people look for; all others are found without a filter. */
const KINDS = ["1", "4", "5", "7", "8", "10", "15", "16", "17", "25", "42", "49", "1000", "1003", "1004"];

interface Exts {
  op?: string;
  detail?: { about?: unknown; changed?: unknown };
}

const op = ({ content }: EventRow) => (content.exts as Exts | undefined)?.op ?? "";
const what = (row: EventRow) => word(`op_${op(row)}`).replace(/^op_/, "");
const path = ({ content }: EventRow) => [content.from, content.to].filter(Boolean).join(" → ");
/** Whose account or drive it was about, where it was not one's own. */
const whose = ({ edges }: EventRow) => (edges.owner && edges.owner.id !== edges.user?.id ? edges.owner.email : "");

/** A path, or what else it was about: by name, else by number. */
function where(row: EventRow): string {
  const about = (row.content.exts as Exts | undefined)?.detail?.about;
  if (path(row) || typeof about !== "object" || about === null) return path(row);
  const { name, ...others } = about as Record<string, unknown>;
  const [kind, id] = Object.entries(others)[0] ?? [];
  if (typeof name === "string" && name) return name;
  return kind && ["number", "string"].includes(typeof id) && kind !== "user" ? `#${String(id)}` : "";
}
const who = ({ edges, content, user_hash_id }: EventRow) => edges.user?.email ?? (content.is_system ? word("system") : i18next.t("admin.deletedAccount", { id: user_hash_id }));

const KIND: Kind<EventRow> = {
  id: "events",
  load: loadEvents,
  nameOf: (row) => `${what(row)} #${row.id}`,
  newestFirst: true,
  columns: [
    { id: "time", cell: ({ created_at }) => formatFullTime(created_at), text: ({ created_at }) => created_at },
    { id: "what", cell: what },
    { id: "who", cell: who },
    { id: "whose", cell: whose },
    { id: "path", cell: where },
    { id: "address", cell: ({ ip }) => ip ?? "" },
    { id: "correlation", cell: ({ correlation_id }) => correlation_id ?? "", extra: true },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [
    { name: "event_type", choices: KINDS, of: "event" },
    { name: "event_user", pick: "person" },
    { name: "event_owner", pick: "person" },
    { name: "event_since", moment: true },
    { name: "event_until", moment: true },
    { name: "event_path" },
    { name: "event_file" },
    { name: "event_ip" },
    { name: "event_correlation_id" },
  ],
  files: { name: "audit", formats: ["csv", "jsonl"], load: exportEvents },
  Detail,
};

export const EventsPage = () => <Listing kind={KIND} />;

function Detail({ row }: { row: EventRow }) {
  const detail = (row.content.exts as Exts | undefined)?.detail;
  const more = detail && Object.keys(detail).length > 0 ? JSON.stringify(detail, null, 2) : undefined;
  return (
    <Part>
      <Facts
        facts={[
          ["time", formatFullTime(row.created_at)],
          ["what", what(row)],
          ["who", who(row)],
          ["whose", whose(row)],
          ["path", where(row)],
          ["address", row.ip],
          ["agent", row.content.user_agent],
          ["reason", row.content.reason],
          ["correlation", row.correlation_id],
          ["file", row.edges.file && `${row.edges.file.name} #${row.edges.file.id}`],
          ["id", row.id],
        ]}
      />
      {more && <Code block>{more}</Code>}
    </Part>
  );
}
