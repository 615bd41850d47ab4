/** The drive as a network folder. */
import { Accordion, ActionIcon, Badge, Box, Button, Code, CopyButton, Group, Modal, Paper, Stack, Switch, Text, TextInput, Title, Tooltip } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconBrandApple, IconBrandUbuntu, IconBrandWindows, IconCheck, IconCopy, IconDeviceMobile, IconPencil, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { hasBit, May } from "@/api/bits";
import { call } from "@/api/client";
import { Code as Codes, hasCode } from "@/api/error";
import { useAccount, useMay } from "@/api/use-account";
import { MY_ROOT, trail } from "@/api/uri";
import type { DavAccount } from "@/api/wire";
import { queryClient } from "@/app/queries";
import { ask } from "@/ui/dialogs";
import { errorText, showError } from "@/ui/message";
import ConfirmDialog from "@/features/files/dialogs/ConfirmDialog";
import FolderPicker from "@/features/files/dialogs/FolderPicker";

const READ_ONLY = 0;
const PROXY = 1;
const NO_SYSTEM_FILES = 2;

export function ConnectPage() {
  const { t } = useTranslation();
  const email = useAccount()?.user.email ?? "";
  const query = useInfiniteQuery({
    queryKey: ["dav"],
    queryFn: ({ pageParam }) =>
      call<{ accounts: DavAccount[]; pagination: { next_token?: string } }>("GET", "/devices/dav", { query: { page_size: 50, next_page_token: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next_token,
    retry: false,
  });
  const known = query.data?.pages.flatMap((page) => page.accounts) ?? [];
  const edit = (account?: DavAccount) => ask<boolean>((done) => <DavDialog account={account} done={done} />);
  const remove = async (account: DavAccount) => {
    const sure = await ask<boolean>((done) => <ConfirmDialog title={t("connect.remove")} text={t("connect.removeText", { name: account.name })} action={t("connect.remove")} danger done={done} />);
    if (!sure) return;
    try {
      await call("DELETE", `/devices/dav/${account.id}`);
    } catch (error) {
      showError(error);
    } finally {
      void queryClient.invalidateQueries({ queryKey: ["dav"] });
    }
  };
  const server = `${location.origin}/dav`;
  const absent = hasCode(query.error, Codes.absent);
  return (
    <Box h="100%" style={{ overflow: "auto" }} p={{ base: "md", sm: "xl" }}>
      <Stack maw={820} gap="lg">
        <Group justify="space-between">
          <div>
            <Title order={1} size="h3">
              {t("connect.title")}
            </Title>
            <Text c="dimmed">{t("connect.hint")}</Text>
          </div>
          <Button onClick={() => void edit()} disabled={absent}>
            {t("connect.add")}
          </Button>
        </Group>
        {query.error && <Text role="alert">{absent ? t("connect.notOffered") : errorText(query.error)}</Text>}
        {query.data && known.length === 0 && <Text c="dimmed">{t("connect.none")}</Text>}
        {known.map((account) => (
          <Paper key={account.id} withBorder p="md" radius="lg">
            <Group justify="space-between" wrap="nowrap" align="start">
              <div>
                <Text fw={650}>{account.name}</Text>
                <Text size="sm" c="dimmed">
                  {trail(account.uri).map((step) => step.name || t("files.myFiles")).join(" / ")}
                </Text>
              </div>
              <Group gap={2} wrap="nowrap">
                {hasBit(account.options, READ_ONLY) && (
                  <Badge variant="light" tt="none">
                    {t("connect.readOnly")}
                  </Badge>
                )}
                <ActionIcon aria-label={t("connect.change", { name: account.name })} onClick={() => void edit(account)}>
                  <IconPencil size={18} />
                </ActionIcon>
                <ActionIcon aria-label={t("connect.removeOne", { name: account.name })} onClick={() => void remove(account)}>
                  <IconTrash size={18} />
                </ActionIcon>
              </Group>
            </Group>
            <Stack gap={4} mt="sm">
              <Line label={t("connect.server")} value={server} />
              <Line label={t("connect.user")} value={email} />
              <Line label={t("session.password")} value={account.password} secret />
            </Stack>
          </Paper>
        ))}
        <Title order={2} size="h5">
          {t("connect.how")}
        </Title>
        <Accordion variant="separated" radius="lg">
          <How id="windows" icon={<IconBrandWindows size={20} />} command={`net use Z: ${server} /user:${email} *`} />
          <How id="mac" icon={<IconBrandApple size={20} />} command={server} />
          <How id="linux" icon={<IconBrandUbuntu size={20} />} command={`rclone config create drive webdav url=${server} vendor=other user=${email}`} />
          <How id="mobile" icon={<IconDeviceMobile size={20} />} command={server} />
        </Accordion>
      </Stack>
    </Box>
  );
}

function Line({ label, value, secret }: { label: string; value: string; secret?: boolean }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(!secret);
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" c="dimmed" w={90} style={{ flex: "none" }}>
        {label}
      </Text>
      <Code style={{ overflowWrap: "anywhere", fontSize: 13.5 }}>{shown ? value : "••••••••••••"}</Code>
      {secret && (
        <Button size="compact-xs" variant="subtle" onClick={() => setShown(!shown)}>
          {t(shown ? "connect.hide" : "connect.show")}
        </Button>
      )}
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={t("app.copy")}>
            <ActionIcon size="sm" aria-label={`${t("app.copy")}: ${label}`} onClick={copy}>
              {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

function How({ id, icon, command }: { id: string; icon: React.ReactNode; command: string }) {
  const { t } = useTranslation();
  return (
    <Accordion.Item value={id}>
      <Accordion.Control icon={icon}>{t(`connect.systems.${id}`)}</Accordion.Control>
      <Accordion.Panel>
        <Text size="sm" mb="xs">
          {t(`connect.steps.${id}`)}
        </Text>
        <Code block tabIndex={0}>
          {command}
        </Code>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function DavDialog({ account, done }: { account?: DavAccount; done: (saved?: boolean) => void }) {
  const { t } = useTranslation();
  const mayProxy = useMay(May.proxyDav);
  const [name, setName] = useState(account?.name ?? "");
  const [uri, setUri] = useState(account?.uri ?? MY_ROOT);
  const [readonly, setReadonly] = useState(hasBit(account?.options, READ_ONLY));
  const [proxy, setProxy] = useState(hasBit(account?.options, PROXY));
  const [clean, setClean] = useState(account ? hasBit(account.options, NO_SYSTEM_FILES) : true);
  const [error, setError] = useState<unknown>();
  const pick = async () => {
    const target = await ask<string>((chosen) => <FolderPicker title={t("connect.folder")} action={t("app.choose")} start={uri} forbidden={[]} done={chosen} />);
    if (target) setUri(target);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const json = { name, uri, readonly, proxy, disable_sys_files: clean };
      await call(account ? "PATCH" : "PUT", account ? `/devices/dav/${account.id}` : "/devices/dav", { json });
      void queryClient.invalidateQueries({ queryKey: ["dav"] });
      done(true);
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Modal opened onClose={() => done()} title={t(account ? "connect.edit" : "connect.add")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput label={t("connect.name")} description={t("connect.nameHint")} required maxLength={255} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Group align="end">
            <TextInput flex={1} label={t("connect.folder")} readOnly value={trail(uri).map((step) => step.name || t("files.myFiles")).join(" / ")} />
            <Button variant="default" onClick={() => void pick()}>
              {t("app.choose")}
            </Button>
          </Group>
          <Switch label={t("connect.readOnly")} checked={readonly} onChange={(event) => setReadonly(event.currentTarget.checked)} />
          <Switch label={t("connect.noSystemFiles")} checked={clean} onChange={(event) => setClean(event.currentTarget.checked)} />
          {mayProxy && <Switch label={t("connect.proxy")} checked={proxy} onChange={(event) => setProxy(event.currentTarget.checked)} />}
          {!!error && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {errorText(error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit">{t("app.save")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
