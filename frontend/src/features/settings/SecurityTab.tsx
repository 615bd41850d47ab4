import { ActionIcon, Badge, Button, Center, Code, Group, Modal, PasswordInput, PinInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFingerprint, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { renderSVG } from "uqr";
import { call } from "@/api/client";
import { useConfig } from "@/api/config";
import { Code as Codes, hasCode } from "@/api/error";
import { type CreateOptions, makePasskey, passkeysWork } from "@/api/passkey";
import { useAccount } from "@/api/use-account";
import type { Passkey, Settings } from "@/api/wire";
import { queryClient } from "@/app/queries";
import { ask } from "@/ui/dialogs";
import { formatFullTime } from "@/ui/format";
import { errorText, showDone, showError } from "@/ui/message";
import { changeSettings, settingsQuery } from "./data";
import { Section } from "./Section";

export function SecurityTab({ settings }: { settings: Settings }) {
  return (
    <>
      <Password settings={settings} />
      <TwoFactor settings={settings} />
      <Passkeys settings={settings} />
      <Grants settings={settings} />
    </>
  );
}

function Password({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const email = useAccount()?.user.email;
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  if (settings.passwordless) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await changeSettings({ current_password: current, new_password: next });
      setCurrent("");
      setNext("");
      showDone(t("session.passwordChanged"));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t("session.password")} hint={t("settings.passwordHint")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <input type="email" autoComplete="username" value={email ?? ""} readOnly hidden />
          <PasswordInput label={t("settings.currentPassword")} autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} error={!!error && (hasCode(error, Codes.wrongPassword) ? t("settings.wrongPassword") : errorText(error))} />
          <PasswordInput label={t("session.newPassword")} autoComplete="new-password" required minLength={6} value={next} onChange={(event) => setNext(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} />
          <Group>
            <Button type="submit" loading={busy} disabled={!current || next.length < 6}>
              {t("session.setPassword")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function TwoFactor({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const enabled = settings.two_fa_enabled;
  const change = () => ask<boolean>((done) => <TwoFactorDialog enable={!enabled} done={done} />);
  return (
    <Section title={t("session.twoFactor")} hint={t("settings.twoFactorHint")}>
      <Group>
        <Badge variant="light" color={enabled ? "teal" : "gray"} tt="none" c="var(--mantine-color-text)">
          {t(enabled ? "settings.on" : "settings.off")}
        </Badge>
        <Button variant="default" onClick={() => void change()}>
          {t(enabled ? "settings.turnOff" : "settings.turnOn")}
        </Button>
      </Group>
    </Section>
  );
}

function TwoFactorDialog({ enable, done }: { enable: boolean; done: (changed?: boolean) => void }) {
  const { t } = useTranslation();
  const user = useAccount()?.user;
  const title = useConfig("basic")?.title ?? "Alcove";
  const secret = useQuery({ queryKey: ["2fa"], queryFn: () => call<string>("GET", "/user/setting/2fa"), enabled: enable, gcTime: 0, staleTime: Number.POSITIVE_INFINITY, retry: false });
  const [error, setError] = useState<unknown>();
  const code = useMemo(() => {
    const label = encodeURIComponent(`${title}:${user?.email ?? user?.nickname ?? ""}`);
    return secret.data ? renderSVG(`otpauth://totp/${label}?secret=${secret.data}&issuer=${encodeURIComponent(title)}`, { border: 2 }) : undefined;
  }, [secret.data, title, user]);
  const submit = async (otp: string) => {
    try {
      await changeSettings({ two_fa_enabled: enable, two_fa_code: otp });
      done(true);
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Modal opened onClose={() => done()} title={t("session.twoFactor")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack align="center">
        {enable && (
          <>
            <Text size="sm">{t("settings.scan")}</Text>
            {code ? <img src={`data:image/svg+xml,${encodeURIComponent(code)}`} alt={t("shares.qr")} width={190} height={190} style={{ borderRadius: 10 }} /> : <Center h={190}>{secret.error && <Text role="alert">{hasCode(secret.error, Codes.absent) ? t("settings.notOffered") : errorText(secret.error)}</Text>}</Center>}
            {secret.data && <Code>{secret.data}</Code>}
          </>
        )}
        <Text size="sm">{t("settings.enterCode")}</Text>
        <PinInput length={6} type="number" oneTimeCode onComplete={(otp) => void submit(otp)} aria-label={t("session.code")} error={!!error} />
        {!!error && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {errorText(error)}
          </Text>
        )}
      </Stack>
    </Modal>
  );
}

function Passkeys({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const login = useConfig("login");
  if (!login?.authn) return null;
  const add = async () => {
    try {
      const options = await call<CreateOptions>("PUT", "/user/authn");
      const response = await makePasskey(options);
      await call<Passkey>("POST", "/user/authn", { json: { response, name: "{os} · {browser}", ua: navigator.userAgent } });
      await queryClient.invalidateQueries(settingsQuery);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") return;
      showError(error);
    }
  };
  const remove = async (id: string) => {
    try {
      await call("DELETE", "/user/authn", { query: { id } });
      await queryClient.invalidateQueries(settingsQuery);
    } catch (error) {
      showError(error);
    }
  };
  return (
    <Section title={t("settings.passkeys")} hint={t("settings.passkeysHint")}>
      {(settings.passkeys ?? []).map((passkey) => (
        <Group key={passkey.id} justify="space-between" wrap="nowrap">
          <Group wrap="nowrap">
            <IconFingerprint size={22} stroke={1.6} />
            <div>
              <Text>{passkey.name}</Text>
              <Text size="sm" c="dimmed">
                {passkey.used_at ? t("settings.usedAt", { time: formatFullTime(passkey.used_at) }) : t("settings.addedAt", { time: formatFullTime(passkey.created_at) })}
              </Text>
            </div>
          </Group>
          <ActionIcon aria-label={t("settings.removePasskey", { name: passkey.name })} onClick={() => void remove(passkey.id)}>
            <IconTrash size={18} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button variant="default" disabled={!passkeysWork()} onClick={() => void add()}>
          {t("settings.addPasskey")}
        </Button>
      </Group>
    </Section>
  );
}

const BUILT_IN: Record<string, string> = { "application:oauth.desktop": "session.desktopApp", "application:setting.iOSApp": "session.iosApp" };

function Grants({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const grants = settings.oauth_grants ?? [];
  if (grants.length === 0) return null;
  const revoke = async (id: string) => {
    try {
      await call("DELETE", `/session/oauth/grant/${id}`);
      await queryClient.invalidateQueries(settingsQuery);
    } catch (error) {
      showError(error);
    }
  };
  return (
    <Section title={t("settings.grants")} hint={t("settings.grantsHint")}>
      {grants.map((grant) => {
        const key = BUILT_IN[grant.client_name];
        const name = key ? t(key) : grant.client_name;
        return (
          <Group key={grant.client_id} justify="space-between" wrap="nowrap">
            <div>
              <Text>{name}</Text>
              <Text size="sm" c="dimmed">
                {grant.last_used_at ? t("settings.usedAt", { time: formatFullTime(grant.last_used_at) }) : t("settings.neverUsed")}
              </Text>
            </div>
            <Button variant="default" size="xs" onClick={() => void revoke(grant.client_id)} aria-label={t("settings.revokeFor", { name })}>
              {t("settings.revoke")}
            </Button>
          </Group>
        );
      })}
    </Section>
  );
}
