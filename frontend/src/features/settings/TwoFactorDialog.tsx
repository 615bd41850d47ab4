/** Switches the second factor on, by its first code, or off. */
import { Button, Code, CopyButton, Group, Loader, Modal, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { renderSVG } from "uqr";
import { useConfig } from "@/api/config";
import { useAccount } from "@/api/use-account";
import { errorText } from "@/shared/message";
import { secretQuery } from "./data/second-factor";
import { changeSettings } from "./data/settings";

type Done = (changed?: boolean) => void;

export default function TwoFactorDialog({ enable, done }: { enable: boolean; done: Done }) {
  const { t } = useTranslation();
  const title = t(enable ? "settings.turnOnTwoFactor" : "settings.turnOffTwoFactor");
  return (
    <Modal opened onClose={() => done()} title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      {enable ? <TurnOn done={done} /> : <TurnOff done={done} />}
    </Modal>
  );
}

function useSubmit(enable: boolean, done: Done) {
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const submit = async (code: string) => {
    setError(undefined);
    try {
      await changeSettings({ two_fa_enabled: enable, two_fa_code: code });
      done(true);
    } catch (caught) {
      setError(caught);
      setRound((last) => last + 1);
    }
  };
  return { error, round, submit };
}

function TurnOn({ done }: { done: Done }) {
  const { t } = useTranslation();
  const user = useAccount()?.user;
  const site = useConfig("basic")?.title ?? "Alcove";
  const secret = useQuery(secretQuery);
  const { error, round, submit } = useSubmit(true, done);
  const picture = useMemo(() => {
    if (!secret.data) return undefined;
    const label = encodeURIComponent(`${site}:${user?.email ?? user?.nickname ?? ""}`);
    const svg = renderSVG(`otpauth://totp/${label}?secret=${secret.data}&issuer=${encodeURIComponent(site)}`, { border: 2 });
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
  }, [secret.data, site, user]);
  if (secret.error) return <Text role="alert">{errorText(secret.error)}</Text>;
  if (!secret.data) return <Loader role="status" aria-label={t("app.loading")} />;
  return (
    <Stack align="center">
      <Text size="sm" ta="center">{t("settings.scan")}</Text>
      <img src={picture} alt={t("shares.qr")} width={190} height={190} style={{ borderRadius: 10 }} />
      <Group gap="xs" wrap="nowrap">
        <Code data-secret style={{ overflowWrap: "anywhere" }}>
          {secret.data}
        </Code>
        <CopyButton value={secret.data}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="light" onClick={copy}>
              {t(copied ? "app.copied" : "app.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text size="sm">{t("settings.enterCode")}</Text>
        <PinInput
          key={round}
          length={6}
          type="number"
          inputMode="numeric"
          oneTimeCode
          autoFocus
          data-autofocus
          onComplete={(code) => void submit(code)}
          aria-label={t("session.code")}
          getInputProps={(at) => ({ "aria-label": t("session.digit", { number: at + 1 }) })}
          error={!!error}
        />
      <Refused error={error} />
    </Stack>
  );
}

function TurnOff({ done }: { done: Done }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const { error, submit } = useSubmit(false, done);
  const send = (event: FormEvent) => {
    event.preventDefault();
    void submit(code);
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <Text size="sm">{t("settings.turnOffHint")}</Text>
        <TextInput
          label={t("settings.codeOrRecovery")}
          autoComplete="one-time-code"
          autoCapitalize="none"
          data-autofocus
          required
          maxLength={64}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Refused error={error} />
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
          <Button type="submit" color="red.9">
            {t("settings.turnOff")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function Refused({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Text size="sm" c="var(--mantine-color-error)" role="alert">
      {errorText(error)}
    </Text>
  );
}
