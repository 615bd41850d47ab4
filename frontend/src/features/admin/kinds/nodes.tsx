/** This server and its helpers. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { showDone } from "@/shared/message";
import { formatFullTime } from "@/ui/format";
import { askName } from "../ask";
import { changeNode, createNode, deleteNode, loadNodes, type NodeRow, testDownloader, testNode } from "../data/nodes";
import { refresh } from "../data/refresh";
import { askForm } from "../form/FormDialog";
import { drawKey } from "../form/KeyInput";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";
import { fields, sentOf, STATUSES, valuesOf } from "./node-values";
import { told } from "../refusal";

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

function Tools() {
  const { t } = useTranslation();
  const add = async () => {
    const values = valuesOf({ slave_key: drawKey(), weight: 1 });
    if (await askForm({ title: t("admin.newNode"), fields: fields(false), values, action: t("admin.create"), submit: (given) => createNode(sentOf(given)) })) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newNode")}
    </Button>
  );
}

/** Says who answered, which is more than that it was done. */
async function askDownloader(node: ReturnType<typeof sentOf>): Promise<false> {
  const version = await testDownloader(node);
  showDone(i18next.t("admin.downloaderAnswers", { version }));
  return false;
}

function Detail({ row, close }: { row: NodeRow; close: () => void }) {
  const { t } = useTranslation();
  const isMaster = row.type === "master";
  const deeds: Deed[] = [
    {
      id: "edit",
      run: async () => {
        if (!(await askForm({ title: row.name, fields: fields(isMaster), values: valuesOf(row), action: t("admin.save"), submit: (given) => changeNode(row, sentOf(given, row)) }))) return false;
        close();
      },
    },
  ];
  const now = () => sentOf(valuesOf(row), row);
  if (!isMaster) deeds.push({ id: "test", run: () => told(() => testNode(now())) });
  deeds.push({ id: "testDownloader", run: () => told(() => askDownloader(now())) });
  if (!isMaster)
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
