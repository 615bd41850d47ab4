/** The list of a folder with everything around it. */
import { ActionIcon, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconUpload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit } from "@/api/bits";
import { parseUri, withoutQuery } from "@/api/uri";
import { useAccount } from "@/api/use-account";
import { type FileItem, isFolder } from "@/api/wire";
import { dropUpload, pasteUpload, pickFiles } from "@/shared/files/uploads";
import { useReceived } from "./data/received";
import { distrustPages, freshen } from "@/shared/data/pages";
import { DetailsPanel } from "./details/DetailsPanel";
import { useDrop } from "./drag";
import { Empty, Trouble, Waiting } from "./Emptiness";
import { byKeyboard, placeOfFocus } from "./entry";
import { useFolderEvents } from "./events";
import { GridView } from "./GridView";
import { ItemMenu, type MenuPlace } from "./ItemMenu";
import { useFileKeys } from "./keys";
import { isPlaceholder } from "@/shared/files/kinds";
import { ListView } from "./ListView";
import { Received } from "./Received";
import { PathBar } from "./PathBar";
import { useRubberBand } from "./rubber";
import { files as picks, shown, useFiles } from "@/shared/files/store";
import { useFiltered } from "./use-folder";
import { usePlace } from "./use-place";
import { useShown } from "./use-shown";
import { Column } from "./view";
import classes from "./files.module.css";

/** Scrolling has come to rest. */
const REST_MS = 150;

/** @param entry the step in the history of the browser at which it is shown */
export function Explorer({ uri, entry }: { uri: string; entry: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const account = useAccount();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const { folder, view, change } = useShown(uri, !!narrow);
  const { first } = folder;
  const filter = useFiles((state) => state.filter);
  const details = useFiles((state) => state.details);
  const files = useFiltered(folder.files, filter);
  const [menu, setMenu] = useState<MenuPlace>();
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTo = useRef<(index: number) => void>(() => {});
  const columnCount = useRef(1);
  const parsed = parseUri(uri);
  const trash = parsed.fs === "trash";
  const withMe = parsed.fs === "shared_with_me" && parsed.query.size === 0;
  const received = useReceived().shares;
  const nothingElse = withMe && files.length === 0 && !!received?.length;
  const searching = parsed.query.size > 0;
  const canUpload = parsed.fs === "my" && !searching && hasBit(first?.props.capability, Can.upload);
  useFolderEvents(account ? withoutQuery(uri) : undefined);

  useEffect(() => {
    picks.enter(uri);
  }, [uri]);
  // What was not watched meanwhile is read again as it comes into sight.
  useEffect(() => {
    distrustPages(uri);
  }, [uri]);
  useEffect(() => {
    const element = scroller.current;
    let rest: ReturnType<typeof setTimeout>;
    const scrolled = () => {
      clearTimeout(rest);
      rest = setTimeout(() => void freshen(uri), REST_MS);
    };
    element?.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      clearTimeout(rest);
      element?.removeEventListener("scroll", scrolled);
    };
  }, [uri]);
  useEffect(() => {
    shown.files = files;
  }, [files]);
  const open = useCallback(
    (file: FileItem) => {
      if (isPlaceholder(file)) return;
      const target = file.metadata?.["sys:shared_redirect"];
      if (target) return void navigate({ to: "/home", search: { path: target } });
      if (parseUri(file.path).fs === "trash") return void useFiles.setState({ details: true });
      if (isFolder(file)) return void navigate({ to: "/home", search: { path: file.path } });
      void navigate({ to: "/home", search: (last) => ({ ...last, open: file.path, viewer: undefined, version: undefined }) });
    },
    [navigate],
  );

  const { loadMore, hasMore, loadingMore, settling } = folder;
  const nearEnd = useCallback(() => {
    if (hasMore && !loadingMore) void loadMore();
  }, [hasMore, loadingMore, loadMore]);

  const selectAll = useCallback(() => {
    if (hasMore || settling) useFiles.setState({ gathering: true });
    else picks.select(files.map((file) => file.path));
  }, [hasMore, settling, files]);
  const gathering = useFiles((state) => state.gathering);
  useEffect(() => {
    if (!gathering || settling) return;
    if (folder.error || !hasMore) useFiles.setState({ gathering: false });
    if (!hasMore) picks.select(files.map((file) => file.path));
    else if (!loadingMore && !folder.error) void loadMore();
  }, [gathering, settling, hasMore, loadingMore, loadMore, folder.error, files]);

  const toEnd = useFiles((state) => state.toEnd);
  useEffect(() => {
    const last = files.at(-1);
    if (!toEnd || settling || !last) return;
    picks.go(files, last.path, toEnd);
    scrollTo.current(files.length - 1);
    if (!hasMore || folder.error) useFiles.setState({ toEnd: undefined });
    else if (!loadingMore) void loadMore();
  }, [toEnd, settling, hasMore, loadingMore, loadMore, folder.error, files]);
  usePlace(scroller, entry, { rows: folder.files.length, hasMore, busy: folder.pending || settling || loadingMore, failed: !!folder.error, loadMore });

  const drop = useDrop(canUpload ? (event, target) => dropUpload(event, target, first?.storage_policy) : undefined);
  const context = useMemo(
    () => ({
      all: files,
      openItem: open,
      selectAll,
      menuAt: (x: number, y: number, file?: FileItem) => setMenu({ x, y, file }),
      drop,
      movable: parsed.fs === "my",
      thumbnails: view.thumbnails,
      scattered: searching || trash,
    }),
    [files, open, selectAll, drop, parsed.fs, view.thumbnails, searching, trash],
  );

  useFileKeys({ uri, files, open, canUpload, selectAll, scrollTo, columns: () => (view.layout === "list" ? 1 : columnCount.current) });
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
      <PathBar uri={uri} files={files} open={open} read={gathering ? folder.files.length : undefined} view={view} folder={folder} onView={(part) => void change(part)} canCreate={canUpload} drop={drop} />
      {withMe && <Received alone={files.length === 0} />}
      <div className={classes.body} data-empty={nothingElse || undefined}>
        {/* biome-ignore lint/a11y/noNoninteractiveElementInteractions: what is pressed or dropped beside the entries is meant for the folder */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the same can be done with keys */}
        <div
          ref={scroller}
          className={classes.scroller}
          data-scroller
          data-over={(canUpload && here.over) || undefined}
          onContextMenu={(event) => {
            event.preventDefault();
            const place = byKeyboard(event) ? placeOfFocus(files) : undefined;
            if (!place) picks.clear();
            setMenu(place ?? { x: event.clientX, y: event.clientY });
          }}
          onDragOver={here.onDragOver}
          onDragLeave={here.onDragLeave}
          onDrop={here.onDrop}
          onWheel={() => toEnd && useFiles.setState({ toEnd: undefined })}
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
        {details && <DetailsPanel folder={parsed.fs === "my" && !searching ? first?.parent : undefined} files={files} />}
      </div>
      <ItemMenu selectAll={selectAll} place={menu} onClose={() => setMenu(undefined)} uri={uri} files={files} canCreate={canUpload} open={open} policy={first?.storage_policy} />
      {canUpload && narrow && (
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
