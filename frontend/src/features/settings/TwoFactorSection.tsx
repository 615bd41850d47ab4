import { Badge, Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Settings } from "@/api/wire";
import { queryClient } from "@/api/query-client";
import { ask } from "@/ui/dialogs";
import { recoveryQuery } from "./data/second-factor";
import { Section } from "./Section";

const TwoFactorDialog = lazy(() => import("./TwoFactorDialog"));
const RecoveryDialog = lazy(() => import("./RecoveryDialog"));

const FEW = 3;

export function TwoFactorSection({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const enabled = settings.two_fa_enabled;
  const left = useQuery({ ...recoveryQuery, enabled });
  const renew = async (fresh: boolean) => {
    await ask((done) => <RecoveryDialog fresh={fresh} done={done} />);
    await queryClient.invalidateQueries({ queryKey: recoveryQuery.queryKey });
  };
  const change = async () => {
    const changed = await ask<boolean>((done) => <TwoFactorDialog enable={!enabled} done={done} />);
    if (changed && !enabled) await renew(true);
  };
  return (
    <Section title={t("session.twoFactor")} hint={t("settings.twoFactorHint")}>
      <Group>
        <Badge variant="light" color={enabled ? "teal" : "gray"} tt="none" c="var(--mantine-color-text)">
          {t(enabled ? "settings.on" : "settings.off")}
        </Badge>
        <Button variant="default" onClick={() => void change()}>
          {t(enabled ? "settings.turnOff" : "settings.turnOn")}
        </Button>
        {enabled && (
          <Button variant="default" onClick={() => void renew(false)}>
            {t("settings.newRecovery")}
          </Button>
        )}
      </Group>
      {enabled && left.data && (
        <Text size="sm" c={left.data.left < FEW ? "var(--mantine-color-error)" : "dimmed"}>
          {t("settings.recoveryLeft", { count: left.data.left })}
        </Text>
      )}
    </Section>
  );
}
