/** One setting, as what it is. */
import { ActionIcon, ColorInput, Group, JsonInput, NumberInput, PasswordInput, Select, Stack, Switch, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { groupsQuery } from "../data/groups";
import type { Setting } from "../data/settings";
import { formatNumber } from "@/ui/format";
import { CaptchaSample } from "./CaptchaSample";
import { isNoSuchNumber } from "./faults";
import { MailTemplates } from "./MailTemplates";
import { templatesOf } from "./templates";
import { themesOf } from "./theme-options";
import { Themes } from "./Themes";
import { amount } from "./units";

interface Props {
  setting: Setting;
  value: string;
  isChanged: boolean;
  /** What the server found wrong with it. */
  fault?: string;
  change: (key: string, value: string) => void;
  /** What another setting is now, saved or not. */
  read: (key: string) => string;
}

const LETTER = /^mail_\w+_template$/;
/** Longer ones have more than one line. */
const LONG = 80;

export function SettingField({ setting, value, isChanged, fault, change, read }: Props) {
  const { t, i18n } = useTranslation();
  const { key, kind } = setting;
  const label = i18n.exists(`admin.settings.${key}`) ? t(`admin.settings.${key}`) : key;
  const said = [label === key ? "" : key, amount(key, value), setting.unused ? t("admin.unused") : ""].filter(Boolean).join(" · ") || undefined;
  const wrong = fault ?? (isNoSuchNumber(setting, value) ? t("admin.atLeast", { least: formatNumber(setting.least ?? 0) }) : undefined);
  const isUsual = value === setting.default || kind === "secret";
  return (
    <Stack gap="xs" id={`setting-${key}`} style={{ scrollMarginBottom: 120 }}>
      <Group wrap="nowrap" align={LETTER.test(key) ? "start" : "end"} gap="xs">
        <div style={{ flex: 1, minWidth: 0 }}>
          <Input setting={setting} label={isChanged ? t("admin.changedLabel", { label }) : label} description={said} error={wrong} value={value} change={(next) => change(key, next)} read={read} />
        </div>
        <Tooltip label={t("admin.toDefault")}>
          <ActionIcon aria-label={t("admin.toDefaultOf", { label })} size="lg" disabled={isUsual} onClick={() => change(key, setting.default)}>
            <IconRestore size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
      {fault && LETTER.test(key) && (
        <Text size="sm" c="red">
          {fault}
        </Text>
      )}
      {key === "captcha_type" && <CaptchaSample kind={value} />}
      {key === "theme_options" && <Themes value={value} usual={read("defaultTheme")} />}
    </Stack>
  );
}

interface InputProps {
  setting: Setting;
  label: string;
  description?: string;
  error?: string;
  value: string;
  change: (value: string) => void;
  read: (key: string) => string;
}

/** The group that whoever registers joins, by its name. Those that administer the site are refused. */
function GroupInput({ value, change, ...said }: Omit<InputProps, "setting" | "read">) {
  const { data } = useQuery(groupsQuery);
  const choices = (data?.rows ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  return <Select {...said} data={choices} value={value} allowDeselect={false} onChange={(id) => change(id ?? "")} />;
}

/** Some are seen as what they do. */
function Input(props: InputProps): ReactNode {
  const { setting, value, change, read, ...said } = props;
  if (LETTER.test(setting.key) && (templatesOf(value) || templatesOf(setting.default))) return <MailTemplates {...said} value={value} change={change} read={read} />;
  if (setting.key === "default_group") return <GroupInput {...said} value={value} change={change} />;
  if (setting.key === "defaultTheme") return <ColorInput {...said} value={value} onChange={change} format="hex" withEyeDropper={false} swatches={themesOf(read("theme_options")).map(({ name }) => name)} closeOnColorSwatchClick />;
  return <PlainInput {...props} />;
}

function PlainInput({ setting: { key, kind, least, choices }, value, change, read: _, ...said }: InputProps): ReactNode {
  const { t } = useTranslation();
  switch (kind) {
    case "flag":
      return <Switch {...said} checked={value === "1" || value === "true"} onChange={({ currentTarget }) => change(currentTarget.checked ? "1" : "0")} />;
    case "number":
      return <NumberInput {...said} value={Number.isNaN(Number(value)) || value === "" ? value : Number(value)} min={least} clampBehavior="none" onChange={(number) => change(String(number))} />;
    case "choice":
      return <Select {...said} data={choices ?? []} value={value} allowDeselect={false} onChange={(choice) => change(choice ?? "")} />;
    case "json":
      return <JsonInput {...said} value={value} autosize minRows={2} maxRows={key === "theme_options" ? 8 : 16} onChange={change} />;
    case "secret":
      return <PasswordInput {...said} value={value} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} onChange={({ currentTarget }) => change(currentTarget.value)} />;
    default:
      return value.length > LONG || value.includes("\n") ? (
        <Textarea {...said} value={value} autosize minRows={2} maxRows={12} onChange={({ currentTarget }) => change(currentTarget.value)} />
      ) : (
        <TextInput {...said} value={value} autoComplete="off" onChange={({ currentTarget }) => change(currentTarget.value)} />
      );
  }
}
