/** Programs and other places the account is connected with. */
import { Button, Group } from "@mantine/core";
import { IconApps, IconLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { goToProvider, providersOf } from "@/api/providers";
import type { Settings } from "@/api/wire";
import { queryClient } from "@/api/query-client";
import { formatFullTime } from "@/ui/format";
import { showError } from "@/shared/message";
import { revokeGrant, unlinkProvider } from "./data/grants";
import { settingsQuery } from "@/shared/data/settings";
import { Row } from "./Row";
import { Section } from "./Section";

const BUILT_IN: Record<string, string> = { "application:oauth.desktop": "session.desktopApp", "application:setting.iOSApp": "session.iosApp" };
const DIRECTORY = 3;

async function change(work: () => Promise<unknown>) {
  try {
    await work();
  } catch (error) {
    showError(error);
  } finally {
    await queryClient.invalidateQueries(settingsQuery);
  }
}

export function GrantsSection({ settings }: { settings: Settings }) {
  const { t, i18n } = useTranslation();
  const grants = settings.oauth_grants ?? [];
  if (grants.length === 0) return null;
  const meaning = (scope: string) => (i18n.exists(`scopes.${scope}`) ? t(`scopes.${scope}`) : scope);
  return (
    <Section title={t("settings.grants")} hint={t("settings.grantsHint")}>
      {grants.map((grant) => {
        const key = BUILT_IN[grant.client_name];
        const name = key ? t(key) : grant.client_name;
        const used = grant.last_used_at ? t("settings.usedAt", { time: formatFullTime(grant.last_used_at) }) : t("settings.neverUsed");
        const rights = (grant.scopes ?? []).filter((scope) => scope !== "openid").map(meaning);
        return (
          <Row
            key={grant.client_id}
            icon={<IconApps size={22} stroke={1.6} />}
            title={name}
            detail={[used, ...rights].join(" · ")}
            action={t("settings.revoke")}
            label={t("settings.revokeFor", { name })}
            onAction={() => void change(() => revokeGrant(grant.client_id))}
          />
        );
      })}
    </Section>
  );
}

export function IdentitiesSection({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const providers = providersOf(useConfig("login"));
  const linked = settings.open_id ?? [];
  const open = providers.filter((provider) => !linked.some((each) => each.provider === provider.id));
  if (linked.length === 0 && open.length === 0) return null;
  const nameOf = (id: number) => (id === DIRECTORY ? t("settings.directory") : (providers.find((each) => each.id === id)?.name ?? "OpenID Connect"));
  return (
    <Section title={t("settings.identities")} hint={t("settings.identitiesHint")}>
      {linked.map(({ provider, linked_at }) => (
        <Row
          key={provider}
          icon={<IconLink size={22} stroke={1.6} />}
          title={nameOf(provider)}
          detail={t("settings.linkedAt", { time: formatFullTime(linked_at) })}
          action={t("settings.unlink")}
          label={t("settings.unlinkFrom", { name: nameOf(provider) })}
          onAction={() => void change(() => unlinkProvider(provider))}
        />
      ))}
      <Group>
        {open.map((provider) => (
          <Button key={provider.id} variant="default" onClick={() => void change(() => goToProvider(provider.id, { linking: true }))}>
            {t("settings.linkWith", { name: provider.name })}
          </Button>
        ))}
      </Group>
    </Section>
  );
}
