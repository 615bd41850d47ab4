/** Apps that may ask people to act for them. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { formatFullTime } from "@/ui/format";
import { askName } from "../ask";
import { type AppRow, changeApp, createApp, deleteApp, loadApps } from "../data/apps";
import { refresh } from "../data/refresh";
import type { Field, Values } from "../form/Form";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";

/** Those that came with the site. */
function called({ name }: AppRow): string {
  if (name === "application:oauth.desktop") return i18next.t("admin.desktopApp");
  if (name === "application:setting.iOSApp") return i18next.t("admin.phoneApp");
  return name;
}

const KIND: Kind<AppRow> = {
  id: "apps",
  load: loadApps,
  nameOf: called,
  columns: [
    { id: "name", cell: called, order: "name" },
    { id: "guid", cell: ({ guid }) => guid },
    { id: "enabled", cell: ({ is_enabled }) => word(is_enabled ? "on" : "off"), order: "is_enabled" },
    { id: "created", cell: ({ created_at }) => formatFullTime(created_at), text: ({ created_at }) => created_at, order: "created_at" },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "name" }, { name: "is_enabled", choices: ["true", "false"] }],
  Detail,
  Tools,
};

export const AppsPage = () => <Listing kind={KIND} />;

const FIELDS: Field[] = [
  { name: "name", kind: "text", required: true },
  { name: "homepage_url", kind: "text" },
  { name: "redirect_uris", kind: "lines", required: true },
  { name: "scopes", kind: "lines", required: true },
  { name: "secret", kind: "secret" },
  { name: "description", kind: "text" },
  { name: "refresh_days", kind: "number" },
  { name: "is_enabled", kind: "flag" },
];
const DAY_SECS = 86_400;

const lines = (value: unknown) =>
  String(value)
    .split(/\s+/)
    .filter(Boolean);

const sent = (id: number, values: Values, icon?: string) => ({
  id,
  name: String(values.name),
  homepage_url: String(values.homepage_url),
  redirect_uris: lines(values.redirect_uris),
  scopes: lines(values.scopes),
  secret: String(values.secret),
  props: { description: String(values.description), refresh_token_ttl: Number(values.refresh_days) * DAY_SECS, icon },
  is_enabled: values.is_enabled === true,
});

const NEW: Values = { name: "", homepage_url: "", redirect_uris: "", scopes: "openid\nprofile\noffline_access", secret: "", description: "", refresh_days: 30, is_enabled: true };

function Tools() {
  const { t } = useTranslation();
  const add = async () => {
    if (await askForm({ title: t("admin.newApp"), fields: FIELDS.map((field) => ({ ...field, plain: field.kind === "secret" })), values: NEW, action: t("admin.create"), submit: (values) => createApp(sent(0, values)) })) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newApp")}
    </Button>
  );
}

function Detail({ row, close }: { row: AppRow; close: () => void }) {
  const { t } = useTranslation();
  const values: Values = {
    name: row.name,
    homepage_url: row.homepage_url ?? "",
    redirect_uris: (row.redirect_uris ?? []).join("\n"),
    scopes: (row.scopes ?? []).join("\n"),
    secret: "",
    description: row.props.description ?? "",
    refresh_days: Math.round((row.props.refresh_token_ttl ?? 0) / DAY_SECS),
    is_enabled: row.is_enabled ?? false,
  };
  const deeds: Deed[] = [
    {
      id: "edit",
      run: async () => {
        const submit = (given: Values) => changeApp(row, sent(row.id, given, row.props.icon));
        if (!(await askForm({ title: row.name, fields: FIELDS, values, action: t("admin.save"), submit }))) return false;
        close();
      },
    },
  ];
  if (!row.is_system)
    deeds.push({
      id: "delete",
      danger: true,
      run: async () => {
        if (!(await askName(t("admin.actions.delete"), t("admin.warnings.apps.delete", { name: row.name }), row.name))) return false;
        await deleteApp(row.id);
        close();
      },
    });
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      <Facts
        facts={[
          ["guid", row.guid],
          ["homepage", row.homepage_url],
          ["redirects", row.redirect_uris?.join(", ")],
          ["scopes", row.scopes?.join(", ")],
          ["enabled", word(row.is_enabled ? "on" : "off")],
          ["created", formatFullTime(row.created_at)],
          ["id", row.id],
        ]}
      />
    </Part>
  );
}
