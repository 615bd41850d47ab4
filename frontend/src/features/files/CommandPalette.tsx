/** One place to go anywhere and do anything by typing. */
import { Kbd, Modal, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChecklist, IconCloudDownload, IconCornerDownLeft, IconFolderPlus, IconLogin2, IconSettings, IconShare3, IconTrash, IconUpload, IconUsers } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ports } from "@/shared/ports";
import { router } from "@/shared/router";
import { searchUri } from "@/api/search";
import { May } from "@/api/bits";
import { MY_ROOT, nameOf, parentUri, parseUri, SHARED_WITH_ME, TRASH_ROOT, withoutQuery } from "@/api/uri";
import { useMay } from "@/api/use-account";
import { type FileItem, isFolder } from "@/api/wire";
import { createFolder } from "@/shared/files/create";
import { pickFiles } from "@/shared/files/uploads";
import { listFolder } from "@/shared/data/folder";
import { FileIcon } from "@/shared/files/FileIcon";
import { useActions } from "./menu-items";
import { useFiles } from "@/shared/files/store";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { useFocusBack } from "@/ui/focus";
import { shownName } from "@/ui/names";
import type { Pages } from "@/shared/data/folder";
import classes from "./palette.module.css";

interface Entry {
  id: string;
  label: string;
  note?: string;
  icon: ReactNode;
  run: () => void;
}

const go = (path: string) => void router.navigate({ to: "/home", search: { path } });
const openFile = (file: FileItem) => void router.navigate({ to: "/home", search: isFolder(file) ? { path: file.path } : { path: parentUri(file.path), open: file.path } });

export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const list = useId();
  const { path } = useSearch({ strict: false }) as { path?: string };
  const here = withoutQuery(path ?? MY_ROOT);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    queryKey: keys.found(asked),
    queryFn: () => listFolder(searchUri(MY_ROOT, { words: asked }), undefined, {}),
    enabled: asked.length > 1,
  });
  const selected = useFiles((state) => state.selected);
  const chosen = useMemo(() => {
    const pages = queryClient.getQueriesData<Pages>({ queryKey: keys.folders() }).flatMap(([, data]) => data?.pages ?? []);
    const seen = new Map(pages.flatMap((page) => page.files).map((file) => [file.path, file]));
    return [...selected].map((each) => seen.get(each)).filter((file) => !!file);
  }, [selected]);
  const actions = useActions(chosen, openFile);
  const mayFetch = useMay(May.fetch);
  useFocusBack();

  const commands: Entry[] = [
    ...actions.map((action) => ({ id: action.id, label: action.label, note: chosen.length === 1 ? shownName(chosen[0]?.name ?? "") : t("files.chosen", { count: chosen.length }), icon: <action.icon size={19} />, run: action.run })),
    { id: "folder", label: t("files.newFolder"), icon: <IconFolderPlus size={19} />, run: () => void createFolder(here) },
    { id: "upload", label: t("files.upload"), icon: <IconUpload size={19} />, run: () => pickFiles(here) },
    ...(mayFetch ? [{ id: "fetch", label: t("files.fetchLink"), icon: <IconCloudDownload size={19} />, run: () => void ports.tasks().then(({ fetchTo }) => fetchTo(parseUri(here).fs === "my" ? here : MY_ROOT)) }] : []),
    { id: "home", label: t("files.myFiles"), icon: <IconCornerDownLeft size={19} />, run: () => go(MY_ROOT) },
    { id: "with-me", label: t("files.sharedWithMe"), icon: <IconUsers size={19} />, run: () => go(SHARED_WITH_ME) },
    { id: "trash", label: t("files.trash"), icon: <IconTrash size={19} />, run: () => go(TRASH_ROOT) },
    { id: "shares", label: t("shares.mine"), icon: <IconShare3 size={19} />, run: () => void router.navigate({ to: "/shares" }) },
    { id: "tasks", label: t("tasks.title"), icon: <IconChecklist size={19} />, run: () => void router.navigate({ to: "/tasks", search: {} }) },
    { id: "settings", label: t("settings.title"), icon: <IconSettings size={19} />, run: () => void router.navigate({ to: "/settings", search: {} }) },
    { id: "account", label: t("session.otherAccount"), icon: <IconLogin2 size={19} />, run: () => void router.navigate({ to: "/session", search: { email: "" } }) },
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = commands.filter((command) => words.every((word) => command.label.toLowerCase().includes(word)));
  const files: Entry[] = (asked.length > 1 ? (found.data?.files ?? []) : []).slice(0, 12).map((file) => ({
    id: file.path,
    label: shownName(file.name),
    note: shownName(nameOf(parentUri(file.path))) || t("files.myFiles"),
    icon: <FileIcon file={file} size={20} />,
    run: () => openFile(file),
  }));
  const entries = [...files, ...matching];
  const active = Math.min(at, entries.length - 1);

  useEffect(() => {
    document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [list, active]);

  const onKey = (event: KeyboardEvent) => {
    if (entries.length === 0) return;
    if (event.key === "ArrowDown") setAt((active + 1) % entries.length);
    else if (event.key === "ArrowUp") setAt((active - 1 + entries.length) % entries.length);
    else if (event.key === "Enter") {
      onClose();
      entries[active]?.run();
    } else return;
    event.preventDefault();
  };

  return (
    <Modal.Root opened onClose={onClose} size={560} yOffset="12vh" centered={false} padding={0} transitionProps={{ duration: 80 }}>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content aria-label={t("palette.label")} radius="lg" className={classes.content}>
      <TextInput
        size="lg"
        variant="unstyled"
        styles={{ input: { outline: "none" } }}
        px="md"
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={entries[active] ? `${list}-${active}` : undefined}
        aria-label={t("palette.label")}
        placeholder={t("palette.placeholder")}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        rightSection={<Kbd size="xs">Esc</Kbd>}
      />
        <div role="listbox" id={list} aria-label={t("palette.label")} className={classes.list}>
          {entries.map((entry, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus, and the keys
            <div
              key={entry.id}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === active}
              className={classes.entry}
              onPointerMove={() => setAt(index)}
              onClick={() => {
                onClose();
                entry.run();
              }}
            >
              {entry.icon}
              <span className={classes.label}>{entry.label}</span>
              {entry.note && (
                <Text span size="sm" c="dimmed" truncate>
                  {entry.note}
                </Text>
              )}
            </div>
          ))}
          {entries.length === 0 && (
            <Text c="dimmed" p="md" size="sm">
              {t("files.nothingFound")}
            </Text>
          )}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
