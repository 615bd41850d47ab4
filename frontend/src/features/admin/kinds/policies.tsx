/** Where bytes go. */
import { Button, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime, formatNumber } from "@/ui/format";
import { askName } from "../ask";
import { nodesQuery } from "../data/nodes";
import { changePolicy, deletePolicy, loadPolicies, type PolicyRow, policyQuery, setCors, testPolicy } from "../data/policies";
import { refresh } from "../data/refresh";
import type { Field } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";
import { sentOf, valuesOf } from "./policy/values";
import { connection, content, KINDS } from "./policy/vendors";
import { askPolicy } from "./policy/Wizard";

const KIND: Kind<PolicyRow> = {
  id: "policies",
  load: loadPolicies,
  nameOf: ({ name }) => name,
  columns: [
    { id: "name", cell: ({ name }) => name },
    { id: "kind", cell: ({ type }) => word(`policy_${type}`) },
    { id: "groups", cell: ({ edges }) => edges.groups?.map(({ name }) => name).join(", ") ?? "" },
    { id: "updated", cell: ({ updated_at }) => formatFullTime(updated_at), text: ({ updated_at }) => updated_at, order: "updated_at" },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [],
  Detail,
  Tools,
};

/** Whose buckets can be told to answer browsers of this site. */
const WITH_CORS = ["s3", "ks3", "oss", "cos", "obs"];

export const PoliciesPage = () => <Listing kind={KIND} />;

function Tools() {
  const { t } = useTranslation();
  const add = async () => {
    if (await askPolicy()) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newPolicy")}
    </Button>
  );
}

function Detail({ row, close }: { row: PolicyRow; close: () => void }) {
  const { t } = useTranslation();
  const { data: policy } = useQuery(policyQuery(row.id));
  const { data: nodes = [] } = useQuery(nodesQuery);
  if (!policy) return <Loader />;
  const kind = KINDS.find((known) => known === policy.type);
  const choices = nodes.filter(({ type }) => type !== "master").map(({ id, name }) => ({ value: String(id), label: name }));
  const fields: Field[] = [{ name: "name", kind: "text", required: true }];
  if (kind) fields.push(...connection(kind, (key) => t(`admin.vendor.${key}`), choices), ...content(kind));
  const edit = () => askForm({ title: policy.name, fields, values: valuesOf(policy), action: t("admin.save"), submit: (given) => changePolicy(policy.id, sentOf(given, policy)) });
  const deeds: Deed[] = [
    { id: "edit", run: edit },
    { id: "test", run: () => testPolicy(sentOf(valuesOf(policy), policy)) },
  ];
  if (WITH_CORS.includes(policy.type)) deeds.push({ id: "cors", run: () => setCors(sentOf(valuesOf(policy), policy)) });
  if (policy.id !== 1)
    deeds.push({
      id: "delete",
      danger: true,
      run: async () => {
        if (!(await askName(t("admin.actions.delete"), t("admin.warnings.policies.delete", { name: policy.name }), policy.name))) return false;
        await deletePolicy(policy.id);
        close();
      },
    });
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      <Facts
        facts={[
          ["kind", word(`policy_${policy.type}`)],
          ["server", policy.server],
          ["bucket", policy.bucket_name],
          ["groups", policy.edges.groups?.map(({ name }) => name).join(", ")],
          ["kept", t("admin.kept", { number: formatNumber(policy.entities_count ?? 0), size: formatBytes(policy.entities_size ?? 0) })],
          ["folder_rule", policy.dir_name_rule],
          ["name_rule", policy.file_name_rule],
          ["max_size", policy.max_size && formatBytes(policy.max_size)],
          ["updated", formatFullTime(policy.updated_at)],
          ["id", policy.id],
        ]}
      />
    </Part>
  );
}
