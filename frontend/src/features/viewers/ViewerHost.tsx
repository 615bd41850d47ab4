/** Opens a file above the list, in the viewer the address names or the best one. */
import { ActionIcon, Button, Center, Group, Loader, Menu, Modal, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCloudDownload, IconDotsVertical, IconDownload, IconX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { May } from "@/api/bits";
import { parseUri, parentUri } from "@/api/uri";
import { useAccount, useMay } from "@/api/use-account";
import type { FileItem, Viewer } from "@/api/wire";
import { useFocusBack, useFocusKept } from "@/ui/focus";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { useTitle } from "@/ui/title";
import { download } from "@/shared/files/download";
import { isTorrent } from "@/shared/files/archives";
import { ports } from "@/shared/ports";
import { infoQuery } from "@/shared/data/info";
import { FileIcon } from "@/shared/files/FileIcon";
import { type BuiltIn, chooseViewers, viewerName } from "@/shared/viewers";
import { Unknown } from "./Unknown";
import classes from "./viewers.module.css";

export interface ViewerProps {
  /** As it was when it was opened. */
  file: FileItem;
  /** A version other than the current one. */
  version?: string;
  /** Buttons of the viewer beside the name of the file. */
  tools: (node: ReactNode) => ReactNode;
  close: () => void;
  /** From one file to another, such as a copy that was saved: address and title follow, the viewer stays as it is. */
  goOn: (from: string, to: string) => void;
}

const views: Record<BuiltIn, ComponentType<ViewerProps>> = {
  image: lazy(() => import("./ImageViewer")),
  video: lazy(() => import("./MediaViewer")),
  music: lazy(() => import("./MediaViewer")),
  pdf: lazy(() => import("./PdfViewer")),
  markdown: lazy(() => import("./TextViewer")),
  monaco: lazy(() => import("./TextViewer")),
  archive: lazy(() => import("./ArchiveViewer")),
};
const FrameViewer = lazy(() => import("./FrameViewer"));

export default function ViewerHost({ uri, viewerId, version }: { uri: string; viewerId?: string; version?: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const config = useConfig("explorer");
  const account = useAccount();
  const info = useQuery(infoQuery(uri));
  useFocusBack();
  const close = () => void navigate({ to: "/home", search: ({ path }) => ({ path }) });
  const { opening, goOn } = useOpening(uri);
  const file = info.data;
  useTitle(file?.name);
  const choice = file && chooseViewers(file, config, account?.user.group?.permission);
  const all = choice ? [...choice.fitting, ...choice.others] : [];
  const viewer = viewerId ? all.find((each) => each.id === viewerId) : choice?.fitting[0];

  const [content, setContent] = useState<HTMLElement | null>(null);
  useFocusKept(content);
  const writes = viewer?.type === "builtin" && ["monaco", "markdown"].includes(viewer.id);
  const leave = useRef(close);
  leave.current = close;
  useEffect(() => {
    if (!content || writes) return;
    const listen = (event: KeyboardEvent) => {
      // Not from a drawer or dialog above the viewer.
      const own = content.contains(event.target as Node);
      if (event.key === "Escape" && own && !event.defaultPrevented) leave.current();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [content, writes]);

  return (
    <Modal.Root opened onClose={close} fullScreen closeOnEscape={false} transitionProps={{ duration: 100 }} trapFocus>
      <Modal.Content
        ref={setContent}
        className={classes.content}
        data-viewer
        aria-label={file ? shownName(file.name) : t("viewers.title")}
        radius={0}
      >
        <div className={classes.frame}>
          {info.isPending ? (
            <Center h="100%">
              <Loader />
            </Center>
          ) : !file ? (
            <Center h="100%">
              <Stack align="center" role="alert">
                <Title order={2} size="h4">
                  {t("files.cannotOpen")}
                </Title>
                <Text c="dimmed">{errorText(info.error)}</Text>
                <Button onClick={close}>{t("app.close")}</Button>
              </Stack>
            </Center>
          ) : (
            <View key={`${opening} ${viewer?.id} ${version}`} file={file} viewer={viewer} version={version} close={close} goOn={goOn} all={all} />
          )}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Counts what is opened. What a viewer goes on with by itself is not opened anew, though it has an address of its own. */
function useOpening(uri: string) {
  const navigate = useNavigate();
  const [opened, setOpened] = useState<{ uri: string; next?: string; count: number }>({ uri, count: 0 });
  if (opened.uri !== uri) setOpened({ uri, count: opened.next === uri ? opened.count : opened.count + 1 });
  const here = useRef<string>(undefined);
  useEffect(() => {
    here.current = uri;
    return () => void (here.current = undefined);
  }, [uri]);
  const goOn = (from: string, to: string) => {
    // It may have been closed while it was being saved.
    if (here.current !== from) return;
    setOpened((last) => ({ ...last, next: to }));
    void navigate({ to: "/home", search: (last) => ({ ...last, open: to }), replace: true });
  };
  return { opening: opened.count, goOn };
}

interface ViewProps {
  file: FileItem;
  viewer: Viewer | undefined;
  version?: string;
  close: () => void;
  goOn: ViewerProps["goOn"];
  all: Viewer[];
}

function View({ file: latest, viewer, version, close, goOn, all }: ViewProps) {
  // What was opened stays open: a change from elsewhere must not replace a text that is being edited.
  const [file] = useState(latest);
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayFetch = useMay(May.fetch);
  const fetches = mayFetch && !version && isTorrent(file.name) && parseUri(file.path).fs === "my";
  // The bar is one and the same from the beginning, so that nothing in it is taken away when the viewer has come.
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const tools = (node: ReactNode) => slot && createPortal(node, slot);
  const bar = (
    <header className={classes.bar}>
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        <span style={{ display: "grid", flex: "none" }}>
          <FileIcon file={latest} size={22} />
        </span>
        <Text fw={600} truncate component="h1" fz="md">
          {shownName(latest.name)}
        </Text>
        {version && (
          <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {t("viewers.oldVersion")}
          </Text>
        )}
      </Group>
      <Group gap={4} wrap="nowrap">
        <div ref={setSlot} className={classes.tools} />
        <Tooltip label={t("files.download")}>
          <ActionIcon size="lg" aria-label={t("files.download")} onClick={() => void download([latest], version)}>
            <IconDownload size={20} />
          </ActionIcon>
        </Tooltip>
        {all.length > 1 && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon size="lg" aria-label={t("files.openWith")}>
                <IconDotsVertical size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t("files.openWith")}</Menu.Label>
              {all.map((each) => (
                <Menu.Item key={each.id} fw={each.id === viewer?.id ? 650 : undefined} onClick={() => void navigate({ to: "/home", search: (last) => ({ ...last, viewer: each.id }), replace: true })}>
                  {viewerName(each, t)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <ActionIcon size="lg" aria-label={t("app.close")} onClick={close} data-autofocus>
          <IconX size={22} />
        </ActionIcon>
      </Group>
    </header>
  );
  if (!viewer)
    return (
      <>
        {bar}
        <Unknown file={file} version={version}>
          {fetches && (
            <Button size="md" leftSection={<IconCloudDownload size={19} />} onClick={() => void ports.tasks().then(({ fetchTo }) => fetchTo(parentUri(file.path), file))}>
              {t("files.fetchTorrent")}
            </Button>
          )}
        </Unknown>
      </>
    );
  const shown: ViewerProps = { file, version, tools, close, goOn };
  const Component = viewer.type === "builtin" ? views[viewer.id as BuiltIn] : undefined;
  return (
    <>
      {bar}
      <Suspense
        fallback={
          <Center flex={1}>
            <Loader />
          </Center>
        }
      >
        {Component ? <Component {...shown} /> : <FrameViewer {...shown} viewer={viewer} />}
      </Suspense>
    </>
  );
}
