import { ActionIcon, Button, CopyButton, Group, Modal, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { nameOf } from "@/api/uri";
import type { MadeLink } from "@/api/wire";
import { shownName } from "@/ui/names";

export default function DirectLinksDialog({ links, done }: { links: MadeLink[]; done: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={() => done()} title={t("files.directLinks")} size="lg" closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("files.directLinksText")}
        </Text>
        <ScrollArea.Autosize mah="50vh" viewportProps={{ tabIndex: links.length > 4 ? 0 : undefined }}>
          <Stack gap="sm">
            {links.map(({ link, file_url }) => (
              <TextInput
                key={file_url}
                label={shownName(nameOf(file_url))}
                labelProps={{ style: { overflowWrap: "anywhere" } }}
                value={link}
                readOnly
                onFocus={(event) => event.currentTarget.select()}
                rightSectionWidth={44}
                rightSection={
                  <CopyButton value={link}>
                    {({ copied, copy }) => (
                      <ActionIcon size="lg" aria-label={t("files.copyLinkOf", { name: nameOf(file_url) })} onClick={copy}>
                        {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                      </ActionIcon>
                    )}
                  </CopyButton>
                }
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.close")}
          </Button>
          <CopyButton value={links.map((each) => each.link).join("\n")}>
            {({ copied, copy }) => (
              <Button leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} onClick={copy} data-autofocus>
                {copied ? t("files.linksCopied", { count: links.length }) : t("files.copyLinks", { count: links.length })}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
