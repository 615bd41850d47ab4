/** A link to hand on: to copy, and as a picture for a phone. */
import { ActionIcon, Button, Center, CopyButton, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { renderSVG } from "uqr";
import { passwordIn } from "./link";

export function ShareLink({ link, note, done }: { link: string; note?: string; done: () => void }) {
  const { t } = useTranslation();
  const password = passwordIn(link);
  const code = useMemo(() => renderSVG(link, { border: 2 }), [link]);
  return (
    <Stack>
      {note && <Text size="sm">{note}</Text>}
      <Group align="end" gap="xs" wrap="nowrap">
        <TextInput flex={1} label={t("shares.link")} readOnly value={link} data-autofocus onFocus={(event) => event.currentTarget.select()} />
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button variant="light" leftSection={copied ? <IconCheck size={17} /> : <IconCopy size={17} />} onClick={copy}>
              {t(copied ? "app.copied" : "app.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      {password && (
        <>
          <Text size="sm">{t("shares.passwordInside")}</Text>
          <TextInput
            label={t("session.password")}
            readOnly
            value={password}
            onFocus={(event) => event.currentTarget.select()}
            rightSectionWidth={44}
            rightSection={
              <CopyButton value={password}>
                {({ copied, copy }) => (
                  <ActionIcon size="lg" aria-label={t(copied ? "app.copied" : "shares.copyPassword")} onClick={copy}>
                    {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                  </ActionIcon>
                )}
              </CopyButton>
            }
          />
        </>
      )}
      <Center>
        <img alt={t("shares.qr")} width={180} height={180} style={{ borderRadius: 10 }} src={`data:image/svg+xml,${encodeURIComponent(code)}`} />
      </Center>
      <Group justify="end">
        <Button onClick={() => done()}>{t("app.done")}</Button>
      </Group>
    </Stack>
  );
}
