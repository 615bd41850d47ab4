/** This server and its helpers. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatFullTime } from "@/ui/format";
import { askName } from "../ask";
import { changeNode, createNode, deleteNode, loadNodes, type NodeRow } from "../data/nodes";
import { refresh } from "../data/refresh";
import type { Field, Values } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";

const STATUSES = ["active", "suspended"] as const;
const KEY_BYTES = 32;

const KIND: Kind<NodeRow> = {
  id: "nodes",
  load: loadNodes,
  nameOf: ({ name }) => name,
  columns: [
    { id: "name", cell: ({ name }) => name, order: "name" },
    { id: "kind", cell: ({ type }) => word(type) },
    { id: "status", cell: ({ status }) => <State value={status} />, text: ({ status }) => status },
    { id: "server", cell: ({ server }) => server ?? "" },
    { id: "weight", cell: ({ weight }) => weight ?? 0, order: "weight" },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "node_status", choices: STATUSES }],
  Detail,
  Tools,
};

export const NodesPage = () => <Listing kind={KIND} />;

function useFields(): Field[] {
  return [
    { name: "name", kind: "text", required: true },
    { name: "server", kind: "text" },
    { name: "slave_key", kind: "secret" },
    { name: "status", kind: "choice", choices: STATUSES.map((value) => ({ value, label: word(value) })) },
    { name: "weight", kind: "number" },
  ];
}

const sent = (values: Values, before?: NodeRow) => ({
  id: before?.id ?? 0,
  name: String(values.name),
  server: String(values.server),
  slave_key: String(values.slave_key),
  status: String(values.status),
  weight: Number(values.weight),
  capabilities: before?.capabilities ?? "",
  settings: before?.settings ?? {},
});

const drawn = () => Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function Tools() {
  const { t } = useTranslation();
  const fields = useFields();
  const add = async () => {
    const values = { name: "", server: "", slave_key: drawn(), status: "active", weight: 1 };
    if (await askForm({ title: t("admin.newNode"), fields, values, action: t("admin.create"), submit: (given) => createNode(sent(given)) })) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newNode")}
    </Button>
  );
}

function Detail({ row, close }: { row: NodeRow; close: () => void }) {
  const { t } = useTranslation();
  const fields = useFields();
  const values = { name: row.name, server: row.server ?? "", slave_key: row.slave_key ?? "", status: row.status, weight: row.weight ?? 0 };
  const deeds: Deed[] = [
    {
      id: "edit",
      run: async () => {
        if (!(await askForm({ title: row.name, fields, values, action: t("admin.save"), submit: (given) => changeNode(row.id, sent(given, row)) }))) return false;
        close();
      },
    },
  ];
  if (row.type !== "master")
    deeds.push({
      id: "delete",
      danger: true,
      run: async () => {
        if (!(await askName(t("admin.actions.delete"), t("admin.warnings.nodes.delete", { name: row.name }), row.name))) return false;
        await deleteNode(row.id);
        close();
      },
    });
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      <Facts
        facts={[
          ["kind", word(row.type)],
          ["status", <State key="s" value={row.status} />],
          ["server", row.server],
          ["weight", String(row.weight ?? 0)],
          ["policies", row.edges.storage_policy?.map(({ name }) => name).join(", ")],
          ["created", formatFullTime(row.created_at)],
          ["id", row.id],
        ]}
      />
    </Part>
  );
}
