/** This server and its helpers. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { showDone, showTrouble } from "@/shared/message";
import { whyOf } from "@/shared/task-why";
import { formatFullTime } from "@/ui/format";
import { askName } from "../ask";
import { changeNode, createNode, deleteNode, loadNodes, type NodeRow, testDownloader, testNode } from "../data/nodes";
import { refresh } from "../data/refresh";
import { askForm } from "../form/FormDialog";
import type { Values } from "../form/Form";
import { drawKey } from "../form/KeyInput";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";
import { asksProgram, fields, providerOf, sentOf, STATUSES, valuesOf } from "./node-values";
import { refusal, told } from "../refusal";

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
    if (await askNode({ title: t("admin.newNode"), fields: fields(false), values, action: t("admin.create") })) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newNode")}
    </Button>
  );
}

/** A form of a node that is there, or of a new one. Once it is saved its downloader is asked: a wrong password would stop each download. */
function askNode(form: Pick<Parameters<typeof askForm>[0], "title" | "fields" | "values" | "action">, row?: NodeRow): Promise<boolean> {
  let saved = row;
  let number = 0;
  const submit = async (given: Values) => {
    saved = saved ? await changeNode(saved, sentOf(given, saved)) : await createNode(sentOf(given));
  };
  const check = (given: Values) => {
    if (!asksProgram(given)) return undefined;
    const program = word(String(given.provider));
    const says = { asks: i18next.t("admin.downloader.asks", { program }), works: i18next.t("admin.downloader.works"), fails: i18next.t("admin.downloader.fails", { program }), hint: i18next.t("admin.downloader.hint") };
    let known = false;
    const answer = answerOf(sentOf(given, saved))
      .finally(() => (known = true));
    number += 1;
    return { number, says, answer, isKnown: () => known };
  };
  return askForm({ ...form, submit, check });
}

/** Who answered, or why nobody did, in the reader's words. */
const answerOf = (node: ReturnType<typeof sentOf>): Promise<string> =>
  testDownloader(node).then(
    (version) => i18next.t("admin.downloaderAnswers", { version }),
    (caught: unknown) => Promise.reject(new Error(whyOf(refusal(caught)).said)),
  );

/** Says who answered, which is more than that it was done. */
async function askDownloader(node: ReturnType<typeof sentOf>): Promise<false> {
  await answerOf(node).then(showDone, ({ message }: Error) => showTrouble(message));
  return false;
}

function Detail({ row, close }: { row: NodeRow; close: () => void }) {
  const { t } = useTranslation();
  const isMaster = row.type === "master";
  const deeds: Deed[] = [
    {
      id: "edit",
      run: async () => {
        if (!(await askNode({ title: row.name, fields: fields(isMaster), values: valuesOf(row), action: t("admin.save") }, row))) return false;
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
          ["provider", providerOf(row)],
          ["weight", String(row.weight ?? 0)],
          ["policies", row.edges.storage_policy?.map(({ name }) => name).join(", ")],
          ["created", formatFullTime(row.created_at)],
          ["id", row.id],
        ]}
      />
    </Part>
  );
}
