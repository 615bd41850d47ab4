/** Recovery codes: proven by a code of the authenticator, shown once. */
import { Button, CopyButton, Group, Modal, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { useAccount } from "@/api/use-account";
import { renewRecovery } from "./data/second-factor";
import { Refused } from "./TwoFactorDialog";

interface Props {
  /** The second factor was switched on just now, by a code that is used up. */
  fresh: boolean;
  done: () => void;
}

export default function RecoveryDialog({ fresh, done }: Props) {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<string[]>();
  return (
    <Modal opened onClose={() => done()} title={t("settings.recovery")} closeButtonProps={{ "aria-label": t("app.close") }} closeOnClickOutside={!codes}>
      {codes ? <Codes codes={codes} done={done} /> : <Proof fresh={fresh} done={done} onCodes={setCodes} />}
    </Modal>
  );
}

function Proof({ fresh, done, onCodes }: Props & { onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      onCodes(await renewRecovery(code));
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">{t("settings.recoveryHint")}</Text>
        <TextInput
          label={t(fresh ? "settings.nextCode" : "settings.codeNow")}
          description={fresh ? t("settings.nextCodeHint") : t("settings.renewHint")}
          autoComplete="one-time-code"
          inputMode="numeric"
          data-autofocus
          required
          maxLength={64}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Refused error={error} />
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t(fresh ? "settings.later" : "app.cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("settings.makeRecovery")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Codes({ codes, done }: { codes: string[]; done: () => void }) {
  const { t } = useTranslation();
  const site = useConfig("basic")?.title ?? "Alcove";
  const email = useAccount()?.user.email ?? "";
  const text = codes.join("\n");
  const save = () => {
    const url = URL.createObjectURL(new Blob([`${site} · ${email}\n\n${text}\n`], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: `${site} ${t("settings.recovery")}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <Stack>
      <Text size="sm">{t("settings.recoveryKeep")}</Text>
      <SimpleGrid cols={2} spacing="xs" component="ul" aria-label={t("settings.recovery")} style={{ listStyle: "none", padding: 0, margin: 0 }}>
        {codes.map((code) => (
          <Text key={code} component="li" ff="monospace" ta="center" py={6} style={{ background: "var(--hover)", borderRadius: 8 }}>
            {code}
          </Text>
        ))}
      </SimpleGrid>
      <Group justify="space-between">
        <Group gap="xs">
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={copied ? <IconCheck size={17} /> : <IconCopy size={17} />} onClick={copy}>
                {t(copied ? "app.copied" : "app.copy")}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" leftSection={<IconDownload size={17} />} onClick={save}>
            {t("files.download")}
          </Button>
        </Group>
        <Button ml="auto" onClick={() => done()}>
          {t("app.done")}
        </Button>
      </Group>
    </Stack>
  );
}
