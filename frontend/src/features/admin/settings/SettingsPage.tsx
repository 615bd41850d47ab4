/** Every setting, by section or by search; what was changed is saved together. */
import { Alert, Button, Center, Group, Loader, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSearch } from "@tabler/icons-react";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { errorText, showDone } from "@/shared/message";
import { sure } from "../ask";
import { changeSettings, type Setting, settingsQuery } from "../data/settings";
import { refusal } from "../refusal";
import { faultsIn, isNoSuchNumber, takenBy } from "./faults";
import { byImportance, SECTION_IDS, sectionOf } from "./sections";
import { SettingField } from "./SettingField";
import { TestMail } from "./TestMail";

/** Whoever is signed in has to sign in again. */
const ENDS_SESSIONS = "secret_key";

export function SettingsPage() {
  const query = useQuery(settingsQuery);
  if (query.error)
    return (
      <Alert color="red" role="alert">
        {errorText(query.error)}
      </Alert>
    );
  if (!query.data)
    return (
      <Center h={240}>
        <Loader />
      </Center>
    );
  return <Settings all={query.data.all} values={query.data.values} />;
}

function Settings({ all, values }: { all: Setting[]; values: Record<string, string> }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { q = "", section = "site" } = useSearch({ from: "/shell/admin/$page" });
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ from: "/admin/$page", to: ".", search: (before) => ({ ...before, ...change }), replace: true });
  const [changes, setChanges] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [faults, setFaults] = useState<Record<string, string>>({});
  const shown = useMemo(() => {
    const wanted = q.trim().toLowerCase();
    const words = (key: string) => (i18n.exists(`admin.settings.${key}`) ? t(`admin.settings.${key}`) : "");
    // What nothing reads yet is found by who looks for it.
    return byImportance(all.filter(({ key, unused }) => (wanted ? `${key} ${words(key)}`.toLowerCase().includes(wanted) : !unused && sectionOf(key) === section)));
  }, [all, q, section, t, i18n]);
  const changed = Object.keys(changes);
  // What has no row yet counts as its default.
  const usual = useMemo(() => new Map(all.map((setting) => [setting.key, setting.default])), [all]);
  const stored = (key: string) => values[key] ?? usual.get(key) ?? "";
  const read = (key: string) => changes[key] ?? stored(key);
  const change = (key: string, value: string) =>
    setChanges((before) => {
      const { [key]: _, ...others } = before;
      return value === stored(key) ? others : { ...before, [key]: value };
    });
  useBlocker({
    // Its sections are pages of their own, and share what is typed.
    shouldBlockFn: async ({ current, next }) => changed.length > 0 && current.pathname !== next.pathname && !(await sure(t("admin.leave"), t("admin.leaveSettings", { count: changed.length }), true)),
    enableBeforeUnload: () => changed.length > 0,
  });
  const refuse = async (caught: unknown) => {
    // Also what somebody else changed meanwhile: it is shown, and the next save is about that.
    const now = await queryClient.fetchQuery({ ...settingsQuery, staleTime: 0 }).catch(() => undefined);
    const others = takenBy(Object.keys(changes), values, now?.values ?? values);
    const wrong = faultsIn(refusal(caught), all);
    setFaults({ ...wrong, ...Object.fromEntries(others.map(([key, value]) => [key, t("admin.setByOther", { value: value || t("admin.emptyValue") })])) });
    setError(others.length > 0 ? t("admin.changedByOther", { count: others.length }) : Object.keys(wrong).length > 0 ? t("admin.mendSettings", { count: Object.keys(wrong).length }) : refusal(caught));
    const first = [...others.map(([key]) => key), ...Object.keys(wrong)][0];
    if (first) document.getElementById(`setting-${first}`)?.scrollIntoView({ block: "center" });
  };
  const discard = () => {
    setChanges({});
    setFaults({});
    setError("");
  };
  const save = async () => {
    const wrong = all.filter((setting) => setting.key in changes && isNoSuchNumber(setting, read(setting.key)));
    const [first] = wrong;
    if (first) {
      setError(t("admin.mendSettings", { count: wrong.length }));
      return document.getElementById(`setting-${first.key}`)?.scrollIntoView({ block: "center" });
    }
    if (ENDS_SESSIONS in changes && !(await sure(t("admin.save"), t("admin.warnings.secretKey"), true))) return;
    setBusy(true);
    setError("");
    setFaults({});
    try {
      const expected = Object.fromEntries(changed.filter((key) => key in values).map((key) => [key, values[key] ?? ""]));
      const saved = await changeSettings(changes, expected);
      queryClient.setQueryData(settingsQuery.queryKey, (before) => before && { ...before, values: { ...before.values, ...saved } });
      setChanges({});
      showDone(t("admin.saved"));
      await queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
    } catch (caught) {
      await refuse(caught);
    } finally {
      setBusy(false);
    }
  };
  const data = SECTION_IDS.map((id) => ({ value: id, label: t(`admin.sections.${id}`) }));
  return (
    <Stack maw={760}>
      <Group align="end">
        <TextInput label={t("admin.searchSettings")} leftSection={<IconSearch size={16} />} value={q} onChange={({ currentTarget }) => set({ q: currentTarget.value || undefined })} style={{ flex: 1 }} miw={200} />
        {!q && <Select label={t("admin.section")} data={data} value={section} onChange={(next) => set({ section: next ?? undefined })} allowDeselect={false} w={{ base: "100%", xs: 220 }} />}
      </Group>
      {shown.some(({ key }) => key === "smtpHost") && (
        <div>
          <TestMail changes={changes} />
        </div>
      )}
      {shown.length === 0 && <Text c="dimmed">{t("admin.nothingFound")}</Text>}
      {shown.map((setting) => (
        <SettingField key={setting.key} setting={setting} value={read(setting.key)} isChanged={setting.key in changes} fault={faults[setting.key]} change={change} read={read} />
      ))}
      {/* Above everything that is scrolled, or nobody sees why nothing was saved. */}
      <Paper withBorder p="sm" pos="sticky" bottom={0} style={{ zIndex: 1 }}>
        {error && (
          <Alert color="red" role="alert" mb="sm" style={{ whiteSpace: "pre-line" }}>
            {error}
          </Alert>
        )}
        <Group justify="space-between">
          <Text size="sm" role="status">
            {t("admin.changedSettings", { count: changed.length })}
          </Text>
          <Group>
            <Button variant="default" disabled={changed.length === 0 || busy} onClick={discard}>
              {t("admin.discard")}
            </Button>
            <Button disabled={changed.length === 0} loading={busy} onClick={() => void save()}>
              {t("admin.save")}
            </Button>
          </Group>
        </Group>
      </Paper>
    </Stack>
  );
}
