import { ActionIcon, Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCloudOff, IconFolderOpen, IconLock, IconSearchOff, IconTrash, IconUpload } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit } from "@/api/bits";
import { asApiError, Code, hasCode } from "@/api/error";
import { useAccount } from "@/api/use-account";
import { MY_ROOT, parseUri, TRASH_ROOT, withoutQuery } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { errorText } from "@/ui/message";
import { dropUpload, pickFiles, pickFolder, pasteUpload } from "./bridge";
import { createFolder } from "./actions";
import type { Order } from "./data/folder";
import { DetailsPanel } from "./DetailsPanel";
import { useDrop } from "./drag";
import { GridView } from "./GridView";
import { ItemMenu, type MenuPlace } from "./ItemMenu";
import { useFileKeys } from "./keys";
import { ListView } from "./ListView";
import { PathBar } from "./PathBar";
import { useRubberBand } from "./rubber";
import { SelectionBar } from "./SelectionBar";
import { files as picks, shown, useFiles } from "./store";
import { useFiltered, useFolder } from "./use-folder";
import { useFolderEvents } from "./events";
import { Column, rememberView, type ShownView, shownView } from "./view";
import classes from "./files.module.css";

const ViewerHost = lazy(() => import("@/features/viewers/ViewerHost"));
const ShareFront = lazy(() => import("@/features/shares/ShareFront"));

export function FilesPage() {
  const search = useSearch({ from: "/shell/home" });
  const uri = search.path ?? MY_ROOT;
  const share = parseUri(uri).fs === "share";
  const explorer = <Explorer key={uri} uri={uri} />;
  return (
    <>
      {share ? (
        <Suspense fallback={<Waiting />}>
          <ShareFront uri={uri}>{explorer}</ShareFront>
        </Suspense>
      ) : (
        explorer
      )}
      {search.open && (
        <Suspense fallback={null}>
          <ViewerHost uri={search.open} viewerId={search.viewer} version={search.version} />
        </Suspense>
      )}
    </>
  );
}

function Waiting() {
  return (
    <Center h="60vh">
      <Loader />
    </Center>
  );
}

/** Orders chosen where the server does not remember them. */
const localOrders = new Map<string, Order>();

function Explorer({ uri }: { uri: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const account = useAccount();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const [order, setOrder] = useState<Order | undefined>(localOrders.get(uri));
  const folder = useFolder(uri, order);
  const { view: remembered, first } = folder;
  const view = useMemo(() => {
    const shown = shownView(remembered, !!narrow);
    return order ? { ...shown, order: order.by, direction: order.direction } : shown;
  }, [remembered, narrow, order]);
  const filter = useFiles((state) => state.filter);
  const details = useFiles((state) => state.details);
  const files = useFiltered(folder.files, filter);
  const anything = useFiles((state) => state.selected.size > 0 || !!state.clipboard);
  const [menu, setMenu] = useState<MenuPlace>();
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTo = useRef<(index: number) => void>(() => {});
  const columnCount = useRef(1);
  const parsed = parseUri(uri);
  const trash = parsed.fs === "trash";
  const searching = parsed.query.size > 0;
  const capability = first?.parent.capability || first?.props.capability;
  const canUpload = parsed.fs === "my" && !searching && hasBit(first?.props.capability, Can.upload);
  useFolderEvents(account ? withoutQuery(uri) : undefined);

  useEffect(() => picks.enter(uri), [uri]);
  useEffect(() => {
    shown.files = files;
  }, [files]);
  const unordered = !order && folder.hasMore && !searching && !!first && !remembered?.order;
  useEffect(() => {
    // Nobody chose an order yet, and the folder is too large to be sorted here.
    if (unordered) setOrder({ by: "name", direction: "asc" });
  }, [unordered]);

  const open = useCallback(
    (file: FileItem) => {
      if (file.metadata?.["sys:upload_session_id"]) return;
      const target = file.metadata?.["sys:shared_redirect"];
      if (target) return void navigate({ to: "/home", search: { path: target } });
      if (parseUri(file.path).fs === "trash") return void useFiles.setState({ details: true });
      if (isFolder(file)) return void navigate({ to: "/home", search: { path: file.path } });
      void navigate({ to: "/home", search: (last) => ({ ...last, open: file.path, viewer: undefined, version: undefined }) });
    },
    [navigate],
  );

  const change = useCallback(
    async (part: Partial<ShownView>) => {
      const sorts = part.order !== undefined || part.direction !== undefined;
      const remember = rememberView(uri, capability, part, view);
      if (!sorts) return;
      if (await remember) {
        localOrders.delete(uri);
        setOrder(undefined);
        void folder.refetch();
      } else {
        const next: Order = { by: part.order ?? view.order, direction: part.direction ?? view.direction };
        localOrders.set(uri, next);
        setOrder(next);
      }
    },
    [uri, capability, view, folder.refetch],
  );

  const { loadMore, hasMore, loadingMore } = folder;
  const nearEnd = useCallback(() => {
    if (hasMore && !loadingMore) void loadMore();
  }, [hasMore, loadingMore, loadMore]);

  const drop = useDrop(canUpload ? (event, target) => dropUpload(event, target, first?.storage_policy) : undefined);
  const context = useMemo(
    () => ({
      all: files,
      openItem: open,
      menuAt: (x: number, y: number, file?: FileItem) => setMenu({ x, y, file }),
      drop,
      movable: parsed.fs === "my",
      thumbnails: view.thumbnails,
    }),
    [files, open, drop, parsed.fs, view.thumbnails],
  );

  useFileKeys({ uri, files, open, canUpload, scrollTo, columns: () => (view.layout === "list" ? 1 : columnCount.current) });
  useEffect(() => {
    if (!canUpload) return;
    const paste = (event: ClipboardEvent) => pasteUpload(event, uri, first?.storage_policy);
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [canUpload, uri, first?.storage_policy]);
  const band = useRubberBand(scroller, files);

  const count = filter ? files.length : Math.max(files.length, hasMore ? Math.max(folder.total ?? 0, files.length + 1) : 0);
  const columns = trash ? [Column.location, Column.expires, Column.size] : searching ? [Column.location, ...view.columns.map((each) => each.type)] : view.columns.map((each) => each.type);
  const here = drop(withoutQuery(uri));
  const shared = {
    context,
    view,
    count,
    scroller,
    onNearEnd: nearEnd,
    scrollTo,
  };

  return (
    <div className={classes.page}>
      <PathBar uri={uri} view={view} folder={folder} onView={(part) => void change(part)} canCreate={canUpload} drop={drop} />
      <div className={classes.body}>
        <div
          ref={scroller}
          className={classes.scroller}
          data-scroller
          data-over={(canUpload && here.over) || undefined}
          onContextMenu={(event) => {
            event.preventDefault();
            picks.clear();
            setMenu({ x: event.clientX, y: event.clientY });
          }}
          onDragOver={here.onDragOver}
          onDragLeave={here.onDragLeave}
          onDrop={here.onDrop}
          {...band.handlers}
        >
          {folder.error && files.length === 0 ? (
            <Trouble error={folder.error} uri={uri} again={() => void folder.refetch()} />
          ) : folder.pending ? (
            <Waiting />
          ) : files.length === 0 && !hasMore ? (
            <Empty uri={uri} filtered={!!filter} canUpload={canUpload} />
          ) : view.layout === "list" || trash ? (
            <ListView
              {...shared}
              columns={columns}
              sortable={!searching && !trash}
              onSort={(by) => void change({ order: by, direction: view.order === by && view.direction === "asc" ? "desc" : "asc" })}
              onWidths={(widths) => void change({ columns: widths })}
            />
          ) : (
            <GridView {...shared} columnCount={columnCount} />
          )}
          {first?.recursion_limit_reached && (
            <Text c="dimmed" size="sm" ta="center" p="md">
              {t("files.searchStopped")}
            </Text>
          )}
          {band.box && <div className={classes.band} style={band.box} />}
        </div>
        {details && <DetailsPanel uri={uri} files={files} />}
      </div>
      <SelectionBar files={files} uri={uri} open={open} />
      <ItemMenu place={menu} onClose={() => setMenu(undefined)} uri={uri} files={files} canCreate={canUpload} open={open} policy={first?.storage_policy} />
      {canUpload && narrow && !anything && (
        <ActionIcon
          className={classes.fab}
          variant="filled"
          color="accent"
          size={56}
          radius="xl"
          aria-label={t("files.upload")}
          onClick={() => pickFiles(uri, first?.storage_policy)}
        >
          <IconUpload />
        </ActionIcon>
      )}
    </div>
  );
}

function Empty({ uri, filtered, canUpload }: { uri: string; filtered: boolean; canUpload: boolean }) {
  const { t } = useTranslation();
  const searching = filtered || parseUri(uri).query.size > 0;
  const trash = uri.startsWith(TRASH_ROOT);
  const Icon = searching ? IconSearchOff : trash ? IconTrash : IconFolderOpen;
  const text = searching ? t("files.nothingFound") : trash ? t("files.trashEmpty") : parseUri(uri).fs === "shared_with_me" ? t("files.nothingShared") : t("files.empty");
  return (
    <Center className={classes.center}>
      <Stack align="center" gap="xs" maw={420} ta="center" p="md">
        <Icon size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h4">
          {text}
        </Title>
        {canUpload && !searching && (
          <>
            <Text c="dimmed">{t("files.emptyHint")}</Text>
            <Group mt="sm" justify="center">
              <Button leftSection={<IconUpload size={18} />} onClick={() => pickFiles(uri)}>
                {t("files.upload")}
              </Button>
              <Button variant="default" onClick={() => pickFolder(uri)}>
                {t("files.uploadFolder")}
              </Button>
              <Button variant="default" onClick={() => void createFolder(uri)}>
                {t("files.newFolder")}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Center>
  );
}

function Trouble({ error, uri, again }: { error: unknown; uri: string; again: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const offline = asApiError(error).code === Code.network;
  const Icon = offline ? IconCloudOff : hasCode(error, Code.forbidden) ? IconLock : IconFolderOpen;
  return (
    <Center className={classes.center}>
      <Stack align="center" gap="xs" p="md" ta="center" role="alert">
        <Icon size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h4">
          {offline ? t("files.unreachable") : t("files.cannotOpen")}
        </Title>
        <Text c="dimmed">{errorText(error)}</Text>
        <Group mt="sm">
          <Button onClick={again}>{t("app.tryAgain")}</Button>
          {uri !== MY_ROOT && (
            <Button variant="default" onClick={() => void navigate({ to: "/home", search: {} })}>
              {t("app.toFiles")}
            </Button>
          )}
        </Group>
      </Stack>
    </Center>
  );
}
