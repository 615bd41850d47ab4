/** The drive as a network folder. */
import { ActionIcon, Badge, Button, Code, Group, Paper, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconDeviceLaptop, IconEye, IconEyeOff, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hasBit, May } from "@/api/bits";
import { Code as Codes, hasCode } from "@/api/error";
import { useAccount, useMay } from "@/api/use-account";
import type { DavAccount } from "@/api/wire";
import ConfirmDialog from "@/shared/ConfirmDialog";
import { ask } from "@/ui/dialogs";
import { errorText, showError } from "@/shared/message";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import { deleteDevice, devicesQuery } from "./data/devices";
import { DavDialog, READ_ONLY } from "./DavDialog";
import { useFolderWords } from "./folder-words";
import { Copy, MountHelp } from "./MountHelp";

export function ConnectPage() {
  const { t } = useTranslation();
  useTitle(t("connect.title"));
  const email = useAccount()?.user.email ?? "";
  const query = useInfiniteQuery(devicesQuery);
  const known = query.data?.pages.flatMap((page) => page.accounts) ?? [];
  const edit = (account?: DavAccount) => ask<boolean>((done) => <DavDialog account={account} done={done} />);
  const remove = async (account: DavAccount) => {
    const sure = await ask<boolean>((done) => <ConfirmDialog title={t("connect.remove")} text={t("connect.removeText", { name: account.name })} action={t("connect.remove")} danger done={done} />);
    if (!sure) return;
    try {
      await deleteDevice(account.id);
    } catch (error) {
      showError(error);
    }
  };
  const server = `${location.origin}/dav`;
  const absent = hasCode(query.error, Codes.absent);
  const allowed = useMay(May.webdav);
  return (
    <ScrolledPage p={{ base: "md", sm: "xl" }}>
      <Stack maw={820} gap="lg">
        <Group justify="space-between">
          <div>
            <Title order={1} size="h3">
              {t("connect.title")}
            </Title>
            <Text c="dimmed">{t("connect.hint")}</Text>
          </div>
          {allowed && (
            <Button onClick={() => void edit()} disabled={absent}>
              {t("connect.add")}
            </Button>
          )}
        </Group>
        {!allowed && <Text>{t("connect.notForGroup")}</Text>}
        {query.error && allowed && <Text role="alert">{absent ? t("connect.notOffered") : errorText(query.error)}</Text>}
        {allowed && query.data && known.length === 0 && (
          <Paper withBorder p="xl" radius="lg" ta="center">
            <IconDeviceLaptop size={40} stroke={1.3} color="var(--mantine-color-dimmed)" aria-hidden />
            <Text fw={600}>{t("connect.none")}</Text>
            <Text size="sm" c="dimmed">
              {t("connect.noneHint")}
            </Text>
          </Paper>
        )}
        {known.map((account) => (
          <Paper key={account.id} withBorder p="md" radius="lg" data-device>
            <Group justify="space-between" wrap="nowrap" align="start">
              <div>
                <Text fw={650}>{account.name}</Text>
                <Folder uri={account.uri} />
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
        {query.hasNextPage && (
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("app.more")}
          </Button>
        )}
        {allowed && (
          <>
            <Title order={2} size="h5">
              {t("connect.how")}
            </Title>
            <MountHelp server={server} email={email} />
          </>
        )}
      </Stack>
    </ScrolledPage>
  );
}

function Folder({ uri }: { uri: string }) {
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {useFolderWords(uri)}
    </Text>
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
        <Tooltip label={t(shown ? "connect.hide" : "connect.show")}>
          <ActionIcon size="lg" style={{ flex: "none" }} aria-label={t(shown ? "connect.hide" : "connect.show")} onClick={() => setShown(!shown)}>
            {shown ? <IconEyeOff size={18} /> : <IconEye size={18} />}
          </ActionIcon>
        </Tooltip>
      )}
      <Copy value={value} what={label} />
    </Group>
  );
}
