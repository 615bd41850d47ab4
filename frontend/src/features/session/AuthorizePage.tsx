/** Another program asks to act for the account. */
import { Alert, Button, Group, List, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Code, hasCode } from "@/api/error";
import { useAccount } from "@/api/use-account";
import { router } from "@/shared/router";
import { AnchorLink, ButtonLink } from "@/ui/links";
import { UserAvatar } from "@/shared/UserAvatar";
import { giveConsent, programQuery } from "./data/programs";
import { Failure, Heading, SaidError } from "./parts";

const BUILT_IN: Record<string, string> = {
  "application:oauth.desktop": "session.desktopApp",
  "application:setting.iOSApp": "session.iosApp",
};

export function AuthorizePage() {
  const { t, i18n } = useTranslation();
  const asked = useSearch({ from: "/session/authorize" });
  const account = useAccount();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const app = useQuery(programQuery(asked.client_id, account?.user.id));
  const scopes = (asked.scope ?? "").split(" ").filter(Boolean);

  const consent = async () => {
    setBusy(true);
    try {
      const { code, state } = await giveConsent(asked);
      const target = new URL(asked.redirect_uri ?? "/", location.origin);
      target.searchParams.set("code", code);
      if (state) target.searchParams.set("state", state);
      location.assign(target);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };

  // Only the server knows whether the app's address is a good one, so a refusal stays here.
  const refuse = () => (history.length > 1 ? history.back() : void router.navigate({ to: "/home", search: {} }));

  const consented = !!app.data?.consented_scopes && scopes.every((scope) => app.data.consented_scopes?.includes(scope));
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, as soon as the answer is known
  useEffect(() => {
    if (consented) void consent();
  }, [consented]);

  if (!account) return <Navigate to="/session" search={{ redirect: location.pathname + location.search }} />;
  if (app.isPending && asked.client_id) return <Loader role="status" aria-label={t("app.loading")} />;
  if (!app.data)
    return (
      <Stack>
        <Heading title={t("session.unknownApp")} />
        <Failure error={!app.error || hasCode(app.error, Code.notFound) ? new SaidError(t("session.badApp")) : app.error} />
        <ButtonLink to="/home" variant="default">
          {t("app.toFiles")}
        </ButtonLink>
      </Stack>
    );
  const builtIn = BUILT_IN[app.data.name];
  const name = builtIn ? t(builtIn) : app.data.name;
  return (
    <Stack>
      <Heading title={t("session.allow", { name })}>{app.data.description}</Heading>
      <Failure error={error} />
      <Group gap="sm" wrap="nowrap">
        <UserAvatar user={account.user} />
        <div>
          <Text style={{ overflowWrap: "anywhere" }}>{account.user.email}</Text>
          <AnchorLink to="/session" search={{ redirect: location.pathname + location.search }} size="sm">
            {t("session.otherAccount")}
          </AnchorLink>
        </div>
      </Group>
      <Text fw={600}>{t("session.appWill")}</Text>
      <List size="sm" spacing={4}>
        {scopes.map((scope) => (
          <List.Item key={scope}>{i18n.exists(`scopes.${scope}`) ? t(`scopes.${scope}`) : scope}</List.Item>
        ))}
      </List>
      {app.data.homepage_url && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {app.data.homepage_url}
        </Text>
      )}
      <Alert variant="light" color="gray">
        <Text size="sm">{t("session.revokeHint")}</Text>
      </Alert>
      <Group grow>
        <Button variant="default" onClick={refuse}>
          {t("app.cancel")}
        </Button>
        <Button onClick={() => void consent()} loading={busy}>
          {t("session.allowButton")}
        </Button>
      </Group>
    </Stack>
  );
}
