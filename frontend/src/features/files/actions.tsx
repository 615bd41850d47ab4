/** Everything that can be done with files, each as one function that says how it went. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { lazy } from "react";
import { accounts } from "@/api/accounts";
import { hasBit, May } from "@/api/bits";
import { call } from "@/api/client";
import { asApiError, Code, hasCode } from "@/api/error";
import { childUri, isWithin, nameOf, parentUri, TRASH_ROOT } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { showDone, showError } from "@/ui/message";
import { inBatches } from "./data/batch";
import { changeEverywhere, changeFolder, listFolder, refreshFolders, refreshParentsOf } from "./data/folder";
import { files as picks, useFiles } from "./store";

const NameDialog = lazy(() => import("./dialogs/NameDialog"));
const FolderPicker = lazy(() => import("./dialogs/FolderPicker"));
const ConfirmDialog = lazy(() => import("./dialogs/ConfirmDialog"));
const FailuresDialog = lazy(() => import("./dialogs/FailuresDialog"));

const t = i18next.t.bind(i18next);

/** One line for a single failure; a list that names each item for more. */
export function tellFailure(error: unknown) {
  const failed = Object.keys(asApiError(error).failed);
  if (failed.length > 1) void ask((done) => <FailuresDialog error={asApiError(error)} done={done} />);
  else showError(error);
}

export async function createFolder(folder: string): Promise<void> {
  await ask<FileItem>((done) => (
    <NameDialog
      title={t("files.newFolder")}
      label={t("files.name")}
      initial={t("files.newFolderName")}
      action={t("files.create")}
      done={done}
      submit={async (name) => {
        const json = { uri: childUri(folder, name), type: "folder", err_on_conflict: true };
        const made = await call<FileItem>("POST", "/file/create", { json });
        refreshFolders(folder);
        picks.select([made.path], made.path);
        return made;
      }}
    />
  ));
}

export async function createFile(folder: string, extension: string): Promise<FileItem | undefined> {
  return await ask<FileItem>((done) => (
    <NameDialog
      title={t("files.newFile")}
      label={t("files.name")}
      initial={`${t("files.newFileName")}.${extension}`}
      stemOnly
      action={t("files.create")}
      done={done}
      submit={async (name) => {
        const json = { uri: childUri(folder, name), type: "file", err_on_conflict: true };
        const made = await call<FileItem>("POST", "/file/create", { json });
        refreshFolders(folder);
        picks.select([made.path], made.path);
        return made;
      }}
    />
  ));
}

export async function rename(file: FileItem): Promise<void> {
  await ask<FileItem>((done) => (
    <NameDialog
      title={t("files.rename")}
      label={t("files.name")}
      initial={file.name}
      stemOnly={!isFolder(file)}
      action={t("files.rename")}
      done={done}
      submit={async (name) => {
        if (name === file.name) return file;
        const renamed = await call<FileItem>("POST", "/file/rename", { json: { uri: file.path, new_name: name } });
        const merged = { ...file, ...renamed, metadata: file.metadata };
        changeEverywhere((list) => list.map((each) => (each.path === file.path ? merged : each)));
        refreshParentsOf([file]);
        picks.select([renamed.path], renamed.path);
        return renamed;
      }}
    />
  ));
}

/** To the trash, with a way back; or for good, after a question. */
export async function remove(items: readonly FileItem[], forGood = false): Promise<void> {
  if (items.length === 0) return;
  const inTrash = items.some((item) => item.path.startsWith(TRASH_ROOT));
  const last = forGood || inTrash;
  if (last) {
    const sure = await ask<boolean>((done) => (
      <ConfirmDialog
        title={t("files.deleteForGood")}
        text={t("files.deleteForGoodText", { count: items.length, name: items[0]?.name })}
        action={t("files.deleteForGood")}
        danger
        done={done}
      />
    ));
    if (!sure) return;
  }
  const gone = new Set(items.map((item) => item.path));
  changeEverywhere((list) => list.filter((each) => !gone.has(each.path)));
  picks.clear();
  try {
    await inBatches([...gone], (uris) => call("DELETE", "/file", { json: { uris, skip_soft_delete: last || undefined } }));
    if (last) showDone(t("files.deleted", { count: items.length, name: items[0]?.name }));
    else offerUndo(items);
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(items, TRASH_ROOT);
  }
}

function offerUndo(items: readonly FileItem[]) {
  const id = crypto.randomUUID();
  const undo = () => {
    notifications.hide(id);
    void bringBack(items);
  };
  notifications.show({
    id,
    autoClose: 8000,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={2}>
          {t("files.trashed", { count: items.length, name: items[0]?.name })}
        </Text>
        <Button size="compact-sm" variant="light" onClick={undo}>
          {t("app.undo")}
        </Button>
      </Group>
    ),
  });
}

/** Finds just deleted items in the trash by their id, which stays. */
async function bringBack(items: readonly FileItem[]) {
  try {
    const wanted = new Set(items.map((item) => item.id));
    const found: FileItem[] = [];
    let page: { next_page_token?: string; page?: number } | undefined = {};
    while (page && found.length < wanted.size) {
      const listing = await listFolder(TRASH_ROOT, { by: "updated_at", direction: "desc" }, page);
      found.push(...listing.files.filter((file) => wanted.has(file.id)));
      page = listing.pagination.next_token ? { next_page_token: listing.pagination.next_token } : undefined;
    }
    await inBatches(found.map((file) => file.path), (uris) => call("POST", "/file/restore", { json: { uris } }));
    showDone(t("files.restored", { count: found.length, name: items[0]?.name }));
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(items, TRASH_ROOT);
  }
}

export async function restore(items: readonly FileItem[]): Promise<void> {
  try {
    await inBatches(items.map((item) => item.path), (uris) => call("POST", "/file/restore", { json: { uris } }));
    showDone(t("files.restored", { count: items.length, name: items[0]?.name }));
    picks.clear();
  } catch (error) {
    tellFailure(error);
  } finally {
    const homes = items.map((item) => item.metadata?.["sys:restore_uri"]).filter((uri) => !!uri);
    refreshFolders(TRASH_ROOT, ...homes.map((uri) => parentUri(uri ?? "")));
  }
}

export async function emptyTrash(): Promise<void> {
  const sure = await ask<boolean>((done) => (
    <ConfirmDialog title={t("files.emptyTrash")} text={t("files.emptyTrashText")} action={t("files.emptyTrash")} danger done={done} />
  ));
  if (!sure) return;
  try {
    await call("DELETE", "/file/trash");
    changeFolder(TRASH_ROOT, () => []);
    showDone(t("files.trashEmptied"));
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshFolders(TRASH_ROOT);
  }
}

/** Moves or copies. Nothing happens to what is already there or would end inside itself. */
export async function transfer(items: readonly FileItem[], target: string, copy: boolean): Promise<void> {
  const sane = items.filter(
    (item) => !isWithin(target, item.path) && (copy || parentUri(item.path) !== parentUri(`${target.replace(/\/$/, "")}/x`)),
  );
  if (sane.length === 0) return;
  const moved = new Set(sane.map((item) => item.path));
  if (!copy) {
    changeEverywhere((list) => list.filter((each) => !moved.has(each.path)));
    picks.clear();
  }
  try {
    await inBatches([...moved], (uris) => call("POST", "/file/move", { json: { uris, dst: target, copy } }));
    const values = { count: sane.length, name: sane[0]?.name, folder: nameOf(target) || t("files.myFiles") };
    if (copy) showDone(t("files.copied", values));
    else offerMoveBack(sane, target, values);
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(sane, target);
  }
}

function offerMoveBack(items: readonly FileItem[], target: string, values: Record<string, unknown>) {
  const id = crypto.randomUUID();
  const undo = async () => {
    notifications.hide(id);
    const homes = new Map<string, FileItem[]>();
    for (const item of items) homes.set(parentUri(item.path), [...(homes.get(parentUri(item.path)) ?? []), item]);
    try {
      for (const [home, group] of homes) {
        const uris = group.map((item) => childUri(target, item.name));
        await inBatches(uris, (piece) => call("POST", "/file/move", { json: { uris: piece, dst: home, copy: false } }));
      }
    } catch (error) {
      tellFailure(error);
    } finally {
      refreshParentsOf(items, target);
    }
  };
  notifications.show({
    id,
    autoClose: 8000,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={2}>
          {t("files.moved", values)}
        </Text>
        <Button size="compact-sm" variant="light" onClick={() => void undo()}>
          {t("app.undo")}
        </Button>
      </Group>
    ),
  });
}

export async function transferTo(items: readonly FileItem[], copy: boolean): Promise<void> {
  const first = items[0];
  if (!first) return;
  const target = await ask<string>((done) => (
    <FolderPicker
      title={t(copy ? "files.copyTo" : "files.moveTo", { count: items.length, name: first.name })}
      action={t(copy ? "files.copyHere" : "files.moveHere")}
      start={parentUri(first.path)}
      forbidden={copy ? [] : items.filter(isFolder).map((item) => item.path)}
      done={done}
    />
  ));
  if (target) await transfer(items, target, copy);
}

export function cut(items: readonly FileItem[], copy: boolean) {
  useFiles.setState({ clipboard: { files: [...items], copy } });
  showDone(t(copy ? "files.clipboardCopy" : "files.clipboardCut", { count: items.length, name: items[0]?.name }));
}

export async function paste(target: string): Promise<void> {
  const { clipboard } = useFiles.getState();
  if (!clipboard) return;
  if (!clipboard.copy) useFiles.setState({ clipboard: undefined });
  await transfer(clipboard.files, target, clipboard.copy);
}

/** A link that lasts an hour or so. */
export async function linkTo(file: { path: string }, options: { download?: boolean; entity?: string } = {}): Promise<string> {
  const json = { uris: [file.path], ...options };
  const { urls } = await call<{ urls: ({ url: string } | null)[] }>("POST", "/file/url", { json });
  return urls[0]?.url ?? "";
}

export function saveUrl(url: string) {
  const anchor = Object.assign(document.createElement("a"), { href: url, download: "", rel: "noopener" });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

/** One file as it is; several, or a folder, as a zip the server packs on the way. */
export async function download(items: readonly FileItem[], entity?: string): Promise<void> {
  const first = items[0];
  if (!first) return;
  try {
    if (items.length === 1 && !isFolder(first)) {
      saveUrl(await linkTo(first, { download: true, entity }));
      return;
    }
    const mayZip = hasBit(accounts.current()?.user.group?.permission, May.zip);
    if (mayZip || items.some(isFolder)) {
      const json = { uris: items.map((item) => item.path), archive: true };
      const { urls } = await call<{ urls: { url: string }[] }>("POST", "/file/url", { json });
      if (urls[0]) saveUrl(urls[0].url);
      return;
    }
    const json = { uris: items.map((item) => item.path), download: true };
    const { urls } = await call<{ urls: { url: string }[] }>("POST", "/file/url", { json });
    for (const each of urls) {
      saveUrl(each.url);
      // Browsers drop downloads that start in the same moment.
      await new Promise((resume) => setTimeout(resume, 300));
    }
  } catch (error) {
    tellFailure(error);
  }
}

export async function copyDirectLinks(items: readonly FileItem[]): Promise<void> {
  try {
    const links = await call<{ link: string }[]>("PUT", "/file/source", { json: { uris: items.map((item) => item.path) } });
    await navigator.clipboard.writeText(links.map((each) => each.link).join("\n"));
    showDone(t("files.linksCopied", { count: links.length }));
    refreshFolders();
  } catch (error) {
    tellFailure(error);
  }
}

export interface Patch {
  key: string;
  value?: string;
  remove?: boolean;
}

export async function patchMetadata(items: readonly FileItem[], patches: Patch[]): Promise<boolean> {
  const touched = new Set(items.map((item) => item.path));
  const apply = (metadata: Record<string, string> | null | undefined) => {
    const next = { ...metadata };
    for (const { key, value = "", remove: gone } of patches)
      if (gone) delete next[key];
      else next[key] = value;
    return next;
  };
  changeEverywhere((list) => list.map((each) => (touched.has(each.path) ? { ...each, metadata: apply(each.metadata) } : each)));
  try {
    await inBatches([...touched], (uris) => call("PATCH", "/file/metadata", { json: { uris, patches } }));
    return true;
  } catch (error) {
    tellFailure(error);
    return false;
  } finally {
    refreshParentsOf(items);
  }
}

export async function setPinned(uri: string, pinned: boolean, name?: string): Promise<void> {
  const account = accounts.current();
  try {
    await call(pinned ? "PUT" : "DELETE", "/file/pin", { json: pinned ? { uri, name } : { uri } });
    if (!account) return;
    const others = (account.user.pined ?? []).filter((pin) => pin.uri !== uri);
    accounts.update(account.user.id, { pined: pinned ? [...others, { uri, name }] : others });
  } catch (error) {
    showError(error);
  }
}

export const isNameTaken = (error: unknown) => hasCode(error, Code.nameTaken);
