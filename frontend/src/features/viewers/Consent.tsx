/** Asked before a file goes to another company's computers. */
import { Button, Center, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { IconDownload, IconExternalLink } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { download } from "@/shared/files/download";

interface Props {
  file: FileItem;
  version?: string;
  name: string;
  host: string;
  /** @param always without asking again */
  agree: (always: boolean) => void;
}

export function Consent({ file, version, name, host, agree }: Props) {
  const { t } = useTranslation();
  const [always, setAlways] = useState(false);
  return (
    <Center flex={1} p="md">
      <Stack align="center" gap="sm" ta="center" maw={520} role="group" aria-labelledby="consent">
        <IconExternalLink size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title id="consent" order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
          {t("viewers.consent.title", { host })}
        </Title>
        <Text c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {t("viewers.consent.text", { name, host })}
        </Text>
        <Checkbox mt="xs" label={t("viewers.consent.always", { name })} checked={always} onChange={(event) => setAlways(event.currentTarget.checked)} />
        <Group justify="center" mt="xs">
          <Button variant="default" leftSection={<IconDownload size={18} />} onClick={() => void download([file], version)}>
            {t("files.download")}
          </Button>
          <Button onClick={() => agree(always)}>{t("viewers.consent.continue", { host })}</Button>
        </Group>
      </Stack>
    </Center>
  );
}
