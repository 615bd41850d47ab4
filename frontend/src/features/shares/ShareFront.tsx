/** What visitors of a share meet: who shared it, the password if there is one, and the single file. */
import { Button, Center, Group, Loader, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDownload, IconEye, IconFolderPlus, IconLinkOff, IconLock } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import i18next from "i18next";
import { type FormEvent, lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnchorLink, ButtonLink } from "@/ui/links";
import { call } from "@/api/client";
import { Code, hasCode } from "@/api/error";
import { useAccount } from "@/api/use-account";
import { childUri, formatUri, MY_ROOT, parseUri, shareUri } from "@/api/uri";
import type { FileItem, Share } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { formatBytes, formatTime } from "@/ui/format";
import { errorText, showDone, showError } from "@/ui/message";
import { UserAvatar } from "@/ui/UserAvatar";
import { download, linkTo } from "@/features/files/actions";
import { listFolder, refreshFolders } from "@/features/files/data/folder";
import { FileIcon } from "@/features/files/FileIcon";
import classes from "./share.module.css";

const FolderPicker = lazy(() => import("@/features/files/dialogs/FolderPicker"));
const Markdown = lazy(() => import("@/features/viewers/Markdown"));

/** A visit counts once for a page, not for every folder inside. */
const visited = new Set<string>();

export default function ShareFront({ uri, children }: { uri: string; children: ReactNode }) {
  const { id, password, path } = parseUri(uri);
  const info = useQuery({
    queryKey: ["share", id, password],
    queryFn: () => {
      const first = !visited.has(id);
      visited.add(id);
      return call<Share>("GET", `/share/info/${encodeURIComponent(id)}`, { query: { password: password || undefined, count_views: first || undefined } });
    },
    retry: false,
    staleTime: 60_000,
  });
  const share = info.data;
  if (info.isPending)
    return (
      <Center h="60vh">
        <Loader />
      </Center>
    );
  if (!share) return <Gone error={info.error} />;
  if (!share.unlocked) return <Locked share={share} wrong={!!password} />;
  if (share.source_type === 0) return <SingleFile share={share} uri={uri} />;
  return (
    <div className={classes.page}>
      <Head share={share} uri={uri} />
      <div className={classes.list}>{children}</div>
      {share.show_readme && path.length === 0 && <Readme uri={uri} />}
    </div>
  );
}

function Gone({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const account = useAccount();
  const needsAccount = hasCode(error, Code.anonymousDenied) && !account;
  return (
    <Center h="70vh" p="md">
      <Stack align="center" gap="xs" ta="center" role="alert">
        <IconLinkOff size={54} stroke={1.1} aria-hidden color="var(--mantine-color-dimmed)" />
        <Title order={1} size="h4">
          {hasCode(error, Code.notFound, Code.absent) ? t("shares.gone") : errorText(error)}
        </Title>
        <Text c="dimmed">{t("shares.goneHint")}</Text>
        {needsAccount && (
          <ButtonLink to="/session" search={{ redirect: location.pathname + location.search }}>
            {t("session.signIn")}
          </ButtonLink>
        )}
      </Stack>
    </Center>
  );
}

function Locked({ share, wrong }: { share: Share; wrong: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/home", search: { path: shareUri(share.id, password) } });
  };
  return (
    <Center mih="70vh" p="md">
      <Paper withBorder radius="xl" p="xl" w={400} maw="100%">
        <form onSubmit={submit}>
          <Stack>
            <Stack align="center" gap={6} ta="center">
              <UserAvatar user={share.owner} size="lg" />
              <Text c="dimmed">{t("shares.by", { name: share.owner.nickname })}</Text>
              <Title order={1} size="h4" style={{ overflowWrap: "anywhere" }}>
                {share.name}
              </Title>
            </Stack>
            <PasswordInput
              label={t("shares.needsPassword")}
              leftSection={<IconLock size={17} />}
              error={wrong && t("shares.wrongPassword")}
              autoFocus
              required
              value={password}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit">{t("files.open")}</Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

async function save(share: Share, uri: string) {
  const target = await ask<string>((done) => <FolderPicker title={share.name} action={i18next.t("shares.saveHere")} start={MY_ROOT} forbidden={[]} done={done} />);
  if (!target) return false;
  const { id, password } = parseUri(uri);
  const root = shareUri(id, password);
  const json = {
    uri: childUri(target, share.name),
    type: share.source_type === 1 ? "folder" : "file",
    err_on_conflict: true,
    metadata: { "sys:shared_redirect": share.source_type === 1 ? root : childUri(root, share.name), "sys:shared_owner": share.owner.id },
  };
  await call("POST", "/file/create", { json });
  refreshFolders(target, "cloudreve://shared_with_me");
  return true;
}

function SaveButton({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  const account = useAccount();
  if (!account || account.user.id === share.owner.id) return null;
  const run = async () => {
    try {
      if (await save(share, uri)) showDone(t("shares.saved"));
    } catch (error) {
      showError(error);
    }
  };
  return (
    <Button variant="default" leftSection={<IconFolderPlus size={18} />} onClick={() => void run()}>
      {t("shares.save")}
    </Button>
  );
}

function Head({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  return (
    <Group className={classes.head} justify="space-between" wrap="nowrap">
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        <UserAvatar user={share.owner} />
        <div style={{ minWidth: 0 }}>
          <Text fw={650} truncate>
            {share.name}
          </Text>
          <Text size="sm" c="dimmed" truncate>
            <AnchorLink to="/profile/$id" params={{ id: share.owner.id }} size="sm">
              {share.owner.nickname}
            </AnchorLink>
            {" · "}
            {t("shares.visits", { count: share.visited })}
            {share.expires && ` · ${t("shares.until", { time: formatTime(share.expires) })}`}
          </Text>
        </div>
      </Group>
      <SaveButton share={share} uri={uri} />
    </Group>
  );
}

function SingleFile({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const root = formatUri({ ...parseUri(uri), path: [], query: new URLSearchParams() });
  const listing = useQuery({ queryKey: ["share-file", root], queryFn: () => listFolder(root, undefined, {}), retry: false });
  const file = listing.data?.files[0];
  return (
    <Center mih="75vh" p="md">
      <Paper withBorder radius="xl" p="xl" w={440} maw="100%">
        <Stack align="center" gap="md" ta="center">
          <FileIcon file={file ?? ({ type: 0, name: share.name } as FileItem)} size={84} />
          <div>
            <Title order={1} size="h3" style={{ overflowWrap: "anywhere" }}>
              {share.name}
            </Title>
            <Text c="dimmed">
              {formatBytes(share.size ?? 0)} · {formatTime(share.created_at)}
            </Text>
          </div>
          <Group gap="xs">
            <UserAvatar user={share.owner} size="sm" />
            <Text size="sm">
              {t("shares.by", { name: share.owner.nickname })} · {t("shares.visits", { count: share.visited })}
            </Text>
          </Group>
          {listing.error && (
            <Text role="alert" c="var(--mantine-color-error)">
              {errorText(listing.error)}
            </Text>
          )}
          <Group justify="center">
            <Button leftSection={<IconDownload size={18} />} disabled={!file} onClick={() => file && void download([file])}>
              {t("files.download")}
            </Button>
            <Button variant="default" leftSection={<IconEye size={18} />} disabled={!file} onClick={() => file && void navigate({ to: "/home", search: { path: uri, open: file.path } })}>
              {t("files.open")}
            </Button>
            <SaveButton share={share} uri={uri} />
          </Group>
          {share.remain_downloads !== undefined && (
            <Text size="sm" c="dimmed">
              {t("shares.leftOver", { count: share.remain_downloads })}
            </Text>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

function Readme({ uri }: { uri: string }) {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let gone = false;
    const read = async () => {
      for (const name of ["README.md", "README.txt"]) {
        try {
          const url = await linkTo({ path: childUri(uri, name) });
          const response = await fetch(url);
          if (response.ok && !gone) return setText(await response.text());
        } catch {
          // There is none of that name.
        }
      }
    };
    void read();
    return () => void (gone = true);
  }, [uri]);
  if (!text) return null;
  return (
    <section className={classes.readme} aria-label="README" tabIndex={0}>
      <Suspense fallback={null}>
        <Markdown text={text} />
      </Suspense>
    </section>
  );
}
