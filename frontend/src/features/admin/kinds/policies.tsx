/** Where bytes go. */
import { Button, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime, formatNumber } from "@/ui/format";
import { askName } from "../ask";
import { changePolicy, createPolicy, deletePolicy, loadPolicies, type PolicyRow, policyQuery, type SentPolicy, testPolicy } from "../data/policies";
import { refresh } from "../data/refresh";
import type { Field, Values } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";

const KINDS = ["local", "remote", "s3", "ks3", "oss", "cos", "obs", "qiniu", "upyun", "onedrive"];

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

export const PoliciesPage = () => <Listing kind={KIND} />;

function useFields(): Field[] {
  const choices = KINDS.map((value) => ({ value, label: word(`policy_${value}`) }));
  return [
    { name: "name", kind: "text", required: true },
    { name: "type", kind: "choice", choices },
    { name: "server", kind: "text" },
    { name: "bucket_name", kind: "text" },
    { name: "access_key", kind: "text" },
    { name: "secret_key", kind: "secret" },
    { name: "is_private", kind: "flag" },
    { name: "max_size", kind: "bytes" },
    { name: "dir_name_rule", kind: "text" },
    { name: "file_name_rule", kind: "text", required: true },
    { name: "chunk_size", kind: "bytes" },
    { name: "file_type", kind: "lines" },
    { name: "is_deny_list", kind: "flag" },
  ];
}

type Options = Record<string, unknown>;

const valuesOf = (policy: Partial<PolicyRow>): Values => {
  const settings = (policy.settings ?? {}) as Options;
  const types = Array.isArray(settings.file_type) ? settings.file_type : [];
  return {
    name: policy.name ?? "",
    type: policy.type ?? "local",
    server: policy.server ?? "",
    bucket_name: policy.bucket_name ?? "",
    access_key: policy.access_key ?? "",
    secret_key: policy.secret_key ?? "",
    is_private: policy.is_private ?? false,
    max_size: policy.max_size ?? 0,
    dir_name_rule: policy.dir_name_rule ?? "uploads/{uid}/{path}",
    file_name_rule: policy.file_name_rule ?? "{uuid}_{originname}",
    chunk_size: Number(settings.chunk_size ?? 0),
    file_type: types.join("\n"),
    is_deny_list: settings.is_file_type_deny_list === true,
  };
};

/** What this form does not know of is kept as it is. */
const sent = (values: Values, before: Partial<PolicyRow>): SentPolicy => {
  const types = String(values.file_type)
    .split(/[\s,]+/)
    .filter(Boolean);
  const { chunk_size, is_deny_list, file_type: _, ...columns } = values;
  const settings = { ...((before.settings ?? {}) as Options), chunk_size, file_type: types.length > 0 ? types : null, is_file_type_deny_list: is_deny_list };
  return { ...columns, id: before.id ?? 0, node_id: before.node_id ?? 0, settings } as SentPolicy;
};

function Tools() {
  const { t } = useTranslation();
  const fields = useFields();
  const add = async () => {
    const values = { ...valuesOf({}), chunk_size: 25 * 1024 ** 2 };
    // What does not work is not kept.
    const submit = async (given: Values) => {
      const policy = sent(given, {});
      await testPolicy(policy);
      await createPolicy(policy);
    };
    if (await askForm({ title: t("admin.newPolicy"), fields, values, action: t("admin.testAndCreate"), submit })) await refresh(KIND.id);
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
  const fields = useFields();
  if (!policy) return <Loader />;
  const edit = () => askForm({ title: policy.name, fields, values: valuesOf(policy), action: t("admin.save"), submit: (given) => changePolicy(policy.id, sent(given, policy)) });
  const deeds: Deed[] = [
    { id: "edit", run: edit },
    { id: "test", run: () => testPolicy(sent(valuesOf(policy), policy)) },
  ];
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
