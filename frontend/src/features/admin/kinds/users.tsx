/** Accounts. */
import { Button, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconMailForward, IconUserPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import { showDone } from "@/shared/message";
import { formatBytes, formatFullTime } from "@/ui/format";
import { askName, sure } from "../ask";
import { refresh } from "../data/refresh";
import { calibrateUser, changeUser, createUser, deleteUsers, inviteUser, loadUsers, type UserRow, userQuery } from "../data/users";
import type { Field, Values } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";
import { GroupInput } from "./choices";
import { askRelocation } from "./relocation/Dialog";

const STATUSES = ["active", "inactive", "manual_banned", "sys_banned"] as const;
type Status = (typeof STATUSES)[number];

const KIND: Kind<UserRow> = {
  id: "users",
  load: loadUsers,
  nameOf: ({ email }) => email,
  columns: [
    { id: "nick", cell: ({ nick }) => nick, order: "nick" },
    { id: "email", cell: ({ email }) => email, order: "email" },
    { id: "group", cell: ({ edges }) => edges.group.name },
    { id: "status", cell: ({ status }) => <State value={status} />, text: ({ status }) => status },
    { id: "storage", cell: ({ storage }) => formatBytes(storage ?? 0), text: ({ storage }) => String(storage ?? 0), order: "storage" },
    { id: "second_factor", cell: ({ two_fa_enabled }) => word(two_fa_enabled ? "on" : "off"), extra: true },
    { id: "created", cell: ({ created_at }) => formatFullTime(created_at), text: ({ created_at }) => created_at, extra: true },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "user_email" }, { name: "user_nick" }, { name: "user_group", pick: "group" }, { name: "user_status", choices: STATUSES }],
  actions: [{ id: "delete", danger: true, run: (rows) => deleteUsers(rows.map(({ id }) => id)) }],
  Detail,
  Tools,
};

export const UsersPage = () => <Listing kind={KIND} />;

/** In the language of now. */
const fieldsNow = (): Field[] => [
  { name: "email", kind: "text", required: true },
  { name: "nick", kind: "text" },
  { name: "group", kind: "choice", Input: GroupInput },
  { name: "status", kind: "choice", choices: STATUSES.map((value) => ({ value, label: word(value) })) },
  { name: "password", kind: "secret" },
];

const edited = (id: number, values: Values, avatar?: string) => ({
  user: { id, email: String(values.email), nick: String(values.nick), avatar: avatar ?? "", status: values.status as Status, group_users: Number(values.group) },
  password: String(values.password),
});

function Tools() {
  const { t } = useTranslation();
  const fields = fieldsNow().map((field) => (field.name === "password" ? { ...field, required: true, plain: true } : field));
  const add = async () => {
    const values = { email: "", nick: "", group: "2", status: "active", password: "" };
    if (await askForm({ title: t("admin.newUser"), fields, values, action: t("admin.create"), submit: (given) => createUser(edited(0, given)) })) await refresh(KIND.id);
  };
  const invite = async () => {
    const submit = (given: Values) => inviteUser(String(given.email), String(given.nick), Number(given.group));
    const asked = fields.filter(({ name }) => ["email", "nick", "group"].includes(name));
    if (!(await askForm({ title: t("admin.invite"), fields: asked, values: { email: "", nick: "", group: "2" }, action: t("admin.send"), submit }))) return;
    showDone(t("admin.invited"));
    await refresh(KIND.id);
  };
  return (
    <>
      <Button variant="default" leftSection={<IconMailForward size={16} />} onClick={() => void invite()}>
        {t("admin.invite")}
      </Button>
      <Button leftSection={<IconUserPlus size={16} />} onClick={() => void add()}>
        {t("admin.newUser")}
      </Button>
    </>
  );
}

function Detail({ row, close }: { row: UserRow; close: () => void }) {
  const { t } = useTranslation();
  const me = useAccount()?.user.id;
  const { data: user } = useQuery(userQuery(row.id));
  const fields = fieldsNow();
  if (!user) return <Loader />;
  const values = { email: user.email, nick: user.nick, group: String(user.group_users), status: user.status, password: "" };
  const save = (status: Status, two_fa = "") => changeUser(user, { ...edited(user.id, { ...values, status }, user.avatar), two_fa });
  const isBanned = user.status === "manual_banned" || user.status === "sys_banned";
  const deeds: Deed[] = [
    { id: "edit", run: () => askForm({ title: user.email, fields, values, action: t("admin.save"), submit: (given) => changeUser(user, edited(user.id, given, user.avatar)) }) },
    { id: "calibrate", run: () => calibrateUser(user.id) },
    {
      id: "relocateUser",
      run: async () => {
        await askRelocation({ title: t("admin.actions.relocateUser"), user });
        return false;
      },
    },
  ];
  if (user.two_fa_enabled)
    deeds.push({ id: "end2fa", run: async () => (await sure(t("admin.actions.end2fa"), t("admin.warnings.end2fa", { name: user.email }))) && save(user.status as Status, "clear") });
  if (user.hash_id !== me) {
    deeds.push(
      isBanned
        ? { id: "unban", run: () => save("active") }
        : { id: "ban", danger: true, run: async () => (await sure(t("admin.actions.ban"), t("admin.warnings.ban", { name: user.email }), true)) && save("manual_banned") },
    );
    deeds.push({
      id: "delete",
      danger: true,
      run: async () => {
        const text = t("admin.warnings.users.delete", { count: 1, name: user.email, size: formatBytes(user.storage ?? 0) });
        if (!(await askName(t("admin.actions.delete"), text, user.email))) return false;
        await deleteUsers([user.id]);
        close();
      },
    });
  }
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      <Facts
        facts={[
          ["nick", user.nick],
          ["email", user.email],
          ["group", user.edges.group.name],
          ["status", <State key="s" value={user.status} />],
          ["storage", user.capacity && t("admin.usedOf", { used: formatBytes(user.capacity.used), total: formatBytes(user.capacity.total) })],
          ["second_factor", word(user.two_fa_enabled ? "on" : "off")],
          ["passkeys", user.edges.passkey?.map(({ name }) => name).join(", ")],
          ["created", formatFullTime(user.created_at)],
          ["public_id", user.hash_id],
          ["id", user.id],
        ]}
      />
    </Part>
  );
}
