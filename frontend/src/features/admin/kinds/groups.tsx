/** Groups, and what their members may. */
import { Button, Loader, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hasBit } from "@/api/bits";
import { showDone } from "@/shared/message";
import { formatBytes, formatFullTime } from "@/ui/format";
import { sure } from "../ask";
import { changeGroup, createGroup, deleteGroup, type GroupRow, groupQuery, loadGroups } from "../data/groups";
import { refresh } from "../data/refresh";
import { type Field, Form, type Values } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { PoliciesInput, PolicyInput } from "./choices";

/** Bits that mean something here; named by the texts “rights”. */
const RIGHTS = [0, 2, 3, 4, 5, 6, 7, 9, 10, 12, 17];
const BYTES_OF_BITS = 3;
const DAY_SECS = 86_400;
const GIB = 1024 ** 3;

const KIND: Kind<GroupRow> = {
  id: "groups",
  load: loadGroups,
  nameOf: ({ name }) => name,
  columns: [
    { id: "name", cell: ({ name }) => name, order: "name" },
    { id: "quota", cell: ({ max_storage }) => formatBytes(max_storage ?? 0), text: ({ max_storage }) => String(max_storage ?? 0), order: "max_storage" },
    { id: "policy", cell: ({ edges }) => edges.storage_policies?.name ?? "" },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [],
  Detail,
  Tools,
};

export const GroupsPage = () => <Listing kind={KIND} />;

const FIELDS: Field[] = [
  { name: "name", kind: "text", required: true },
  { name: "quota", kind: "bytes" },
  { name: "speed", kind: "bytes" },
  { name: "policy", kind: "choice", Input: PolicyInput },
  { name: "other_policies", kind: "choice", Input: PoliciesInput },
  { name: "trash_days", kind: "number" },
  { name: "source_batch", kind: "number" },
  { name: "aria2_batch", kind: "number" },
  { name: "max_walked_files", kind: "number" },
  { name: "compress_size", kind: "bytes" },
  { name: "decompress_size", kind: "bytes" },
  { name: "redirected_source", kind: "flag" },
];

const number = (values: Values, name: string) => Number(values[name]) || 0;

/** A group is replaced as a whole: what the form has no field for stays as it was. */
export const sent = (id: number, permissions: string, values: Values, before: GroupRow["settings"] = {}) => ({
  id,
  name: String(values.name),
  max_storage: number(values, "quota"),
  speed_limit: number(values, "speed"),
  permissions,
  settings: {
    ...before,
    trash_retention: number(values, "trash_days") * DAY_SECS,
    source_batch: number(values, "source_batch"),
    aria2_batch: number(values, "aria2_batch"),
    max_walked_files: number(values, "max_walked_files"),
    compress_size: number(values, "compress_size"),
    decompress_size: number(values, "decompress_size"),
    redirected_source: values.redirected_source === true,
    other_policies: JSON.parse(String(values.other_policies)) as number[],
  },
  edges: values.policy ? { storage_policies: { id: Number(values.policy) } } : {},
});

const NEW: Values = { name: "", quota: GIB, speed: 0, policy: "1", other_policies: "[]", trash_days: 7, source_batch: 10, aria2_batch: 1, max_walked_files: 100_000, compress_size: GIB, decompress_size: GIB, redirected_source: true };

function Tools() {
  const { t } = useTranslation();
  const add = async () => {
    // Sharing, and opening what others share.
    const submit = (values: Values) => createGroup(sent(0, toBits([2, 7]), values));
    if (await askForm({ title: t("admin.newGroup"), fields: FIELDS, values: NEW, action: t("admin.create"), submit })) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newGroup")}
    </Button>
  );
}

/** Bit sets travel as base64 of little-endian bytes. */
export function toBits(bits: readonly number[]): string {
  const bytes = new Uint8Array(BYTES_OF_BITS);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  return btoa(String.fromCharCode(...bytes));
}

/** What the set has, also what this page does not know. */
const bitsOf = (set: string) => Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => hasBit(set, bit));

function Detail({ row, close }: { row: GroupRow; close: () => void }) {
  const { t } = useTranslation();
  const { data: group } = useQuery(groupQuery(row.id));
  if (!group) return <Loader />;
  const remove = async () => {
    if (!(await sure(t("admin.actions.delete"), t("admin.warnings.groups.delete", { name: group.name }), true))) return false;
    await deleteGroup(group.id);
    close();
  };
  return (
    <Stack>
      <Deeds kind={KIND.id} deeds={group.id > 3 ? [{ id: "delete", danger: true, run: remove }] : []} />
      <Facts
        facts={[
          ["members", String(group.total_users ?? 0)],
          ["created", formatFullTime(group.created_at)],
          ["id", group.id],
        ]}
      />
      <Editor key={group.updated_at} group={group} />
    </Stack>
  );
}

function Editor({ group }: { group: GroupRow }) {
  const { t } = useTranslation();
  const [rights, setRights] = useState(() => new Set(bitsOf(group.permissions)));
  const { settings } = group;
  const values: Values = {
    name: group.name,
    quota: group.max_storage ?? 0,
    speed: group.speed_limit ?? 0,
    policy: group.storage_policy_id ? String(group.storage_policy_id) : "",
    other_policies: JSON.stringify(settings.other_policies ?? []),
    trash_days: Math.round((settings.trash_retention ?? 0) / DAY_SECS),
    source_batch: settings.source_batch ?? 0,
    aria2_batch: settings.aria2_batch ?? 0,
    max_walked_files: settings.max_walked_files ?? 0,
    compress_size: settings.compress_size ?? 0,
    decompress_size: settings.decompress_size ?? 0,
    redirected_source: settings.redirected_source ?? false,
  };
  const touched = toBits([...rights]) !== toBits(bitsOf(group.permissions));
  const toggle = (bit: number) => {
    const next = new Set(rights);
    if (!next.delete(bit)) next.add(bit);
    setRights(next);
  };
  const submit = async (given: Values) => {
    await changeGroup(group, sent(group.id, toBits([...rights]), given, settings));
    showDone(t("admin.saved"));
    await refresh(KIND.id);
  };
  return (
    <>
      <Part title={t("admin.rightsTitle")}>
        {RIGHTS.map((bit) => (
          <Switch key={bit} checked={rights.has(bit)} onChange={() => toggle(bit)} label={t(`admin.rights.${bit}`)} description={t(`admin.rightHints.${bit}`)} />
        ))}
        <Text size="xs" c="dimmed">
          {t("admin.rightsHint")}
        </Text>
      </Part>
      <Form fields={FIELDS} values={values} action={t("admin.save")} touched={touched} submit={submit} />
    </>
  );
}
