import { Button, Group, Progress, Stack, Switch, TagsInput, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import type { Settings } from "@/api/wire";
import { capacityQuery } from "@/shared/data/capacity";
import { AmountInput, isAmount } from "@/ui/AmountInput";
import { formatBytes, formatDuration } from "@/ui/format";
import { showDone, showError } from "@/shared/message";
import { changeSettings } from "./data/settings";
import { Section } from "./Section";

export function StorageTab({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const capacity = useQuery(capacityQuery);
  const retention = useAccount()?.user.group?.trash_retention;
  const [on, setOn] = useState(settings.version_retention_enabled);
  const [extensions, setExtensions] = useState(settings.version_retention_ext ?? []);
  const [most, setMost] = useState<number | string>(settings.version_retention_max ?? "");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await changeSettings({
        version_retention_enabled: on,
        version_retention_ext: extensions.map((each) => each.replace(/^\./, "").toLowerCase()),
        version_retention_max: Number(most) || 0,
      });
      showDone(t("settings.saved"));
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Section title={t("settings.space")}>
        {capacity.data && (
          <Stack gap={6}>
            <Progress.Root size="lg">
              <Progress.Section value={capacity.data.total > 0 ? Math.round((capacity.data.used / capacity.data.total) * 100) : 0} aria-label={t("settings.space")} />
            </Progress.Root>
            <Text>{t("files.used", { used: formatBytes(capacity.data.used), total: formatBytes(capacity.data.total) })}</Text>
            {!!retention && (
              <Text size="sm" c="dimmed">
                {t("settings.trashHint", { time: retention >= 2 * 86_400 ? t("shares.days", { count: Math.round(retention / 86_400) }) : formatDuration(retention) })}
              </Text>
            )}
          </Stack>
        )}
      </Section>
      <Section title={t("files.versions")} hint={t("settings.versionsHint")}>
        <Switch label={t("settings.keepVersions")} checked={on} onChange={(event) => setOn(event.currentTarget.checked)} />
        {on && (
          <>
            <AmountInput label={t("settings.mostVersions")} placeholder={t("shares.unlimited")} least={0} allowDecimal={false} value={most} onChange={setMost} />
            <TagsInput label={t("settings.versionExtensions")} description={t("settings.versionExtensionsHint")} placeholder={extensions.length === 0 ? t("settings.allExtensions") : undefined} value={extensions} onChange={setExtensions} splitChars={[",", " "]} />
          </>
        )}
        <Group>
          <Button loading={busy} disabled={on && !isAmount(most, 0)} onClick={() => void save()}>
            {t("app.save")}
          </Button>
        </Group>
      </Section>
    </>
  );
}
