/** How to open the drive on each system, ready to be copied. */
import { Accordion, ActionIcon, Code, CopyButton, Group, List, Stack, Text, Tooltip } from "@mantine/core";
import { IconBrandApple, IconBrandUbuntu, IconBrandWindows, IconCheck, IconCopy, IconDeviceMobile, IconTerminal2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { filled, RCLONE } from "./mountCommands.ts";

interface Props {
  server: string;
  email: string;
}

const URL_OF = (server: string, scheme: "dav" | "webdav") => server.replace(/^http/, scheme);

export function MountHelp({ server, email }: Props) {
  const { t } = useTranslation();
  const insecure = server.startsWith("http:");
  const rclone = filled(RCLONE, { server, email, password: t("connect.passwordMark") });
  return (
    <Accordion variant="separated" radius="lg">
      <System id="windows" icon={<IconBrandWindows size={20} />}>
        {insecure && <Text size="sm">{t("connect.httpsOnly")}</Text>}
        <Steps id="windows" />
        <Command text={server} />
        <Text size="sm">{t("connect.orTerminal")}</Text>
        <Command text={`net use Z: ${server} /user:${email} *`} />
        <Text size="sm" c="dimmed">
          {t("connect.windowsLimit")}
        </Text>
      </System>
      <System id="mac" icon={<IconBrandApple size={20} />}>
        <Steps id="mac" />
        <Command text={server} />
      </System>
      <System id="linux" icon={<IconBrandUbuntu size={20} />}>
        <Steps id="linux" />
        <Command text={URL_OF(server, "dav")} />
        <Text size="sm">{t("connect.kde")}</Text>
        <Command text={URL_OF(server, "webdav")} />
      </System>
      <System id="rclone" icon={<IconTerminal2 size={20} />}>
        <Steps id="rclone" />
        <Command text={rclone} />
        <Command text={`rclone sync ${t("connect.folderMark")} drive:${t("connect.folderMark")}`} />
      </System>
      <System id="mobile" icon={<IconDeviceMobile size={20} />}>
        <Steps id="mobile" />
        <Command text={server} />
      </System>
    </Accordion>
  );
}

function System({ id, icon, children }: { id: string; icon: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Accordion.Item value={id}>
      <Accordion.Control icon={icon}>{t(`connect.systems.${id}`)}</Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">{children}</Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Steps({ id }: { id: string }) {
  const { t } = useTranslation();
  const steps = t(`connect.steps.${id}`).split("\n");
  return (
    <List type="ordered" size="sm" spacing={4}>
      {steps.map((step) => (
        <List.Item key={step}>{step}</List.Item>
      ))}
    </List>
  );
}

function Command({ text }: { text: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Code block tabIndex={0} style={{ flex: 1, minWidth: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <Copy value={text} what={text} />
    </Group>
  );
}

export function Copy({ value, what }: { value: string; what: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={t(copied ? "app.copied" : "app.copy")}>
          <ActionIcon aria-label={`${t("app.copy")}: ${what}`} onClick={copy}>
            {copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
