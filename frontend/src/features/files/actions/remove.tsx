/** Into the trash, out of it, and for good. */
import i18next from "i18next";
import { lazy } from "react";
import { parentUri, TRASH_ROOT } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { showDone, showTrouble } from "@/shared/message";
import { inBatches } from "@/shared/data/batch";
import { changeEverywhere, changeFolder, refreshFolders, refreshParentsOf } from "@/shared/data/changes";
import { walkFolder } from "@/shared/data/folder";
import { deleteFiles } from "@/shared/data/delete";
import { files as picks } from "@/shared/files/store";
import { tellFailure } from "@/shared/files/failure";
import { deleteTrash, restoreFiles } from "../data/trash";
import { offerUndo, withdrawUndo } from "./undo";

const ConfirmDialog = lazy(() => import("@/shared/ConfirmDialog"));
const t = i18next.t.bind(i18next);

/** To the trash, with a way back; or for good, after a question. */
export async function remove(items: readonly FileItem[], forGood = false): Promise<void> {
  if (items.length === 0) return;
  const inTrash = items.some((item) => item.path.startsWith(TRASH_ROOT));
  const last = forGood || inTrash;
  if (last) {
    const sure = await ask<boolean>((done) => (
      <ConfirmDialog
        title={t("files.deleteForGood")}
        text={items.length === 1 ? t("files.deleteForGoodOne", { name: items[0]?.name }) : t("files.deleteForGoodText", { count: items.length })}
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
    await inBatches([...gone], (uris) => deleteFiles(uris, last), "deleting");
    if (last) {
      withdrawUndo(items);
      showDone(t("files.deleted", { count: items.length, name: items[0]?.name }));
    } else offerUndo(t("files.trashed", { count: items.length, name: items[0]?.name }), () => bringBack(items), items);
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(items, TRASH_ROOT);
  }
}

/** Finds just deleted items in the trash by their id, which stays. */
async function bringBack(items: readonly FileItem[]) {
  try {
    const wanted = new Set(items.map((item) => item.id));
    const found: FileItem[] = [];
    for await (const page of walkFolder(TRASH_ROOT, { by: "updated_at", direction: "desc" })) {
      found.push(...page.filter((file) => wanted.has(file.id)));
      if (found.length >= wanted.size) break;
    }
    const bring = async (uris: string[]) => {
      await restoreFiles(uris);
      // What is back shows while the rest is on its way.
      if (uris.length < found.length) refreshParentsOf(items);
    };
    await inBatches(found.map((file) => file.path), bring, "restoring");
    // Another page may have emptied the trash.
    if (found.length === 0) showTrouble(t("files.nothingRestored"));
    else showDone(t("files.restored", { count: found.length, name: found[0]?.name }));
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(items, TRASH_ROOT);
  }
}

export async function restore(items: readonly FileItem[]): Promise<void> {
  try {
    await inBatches(items.map((item) => item.path), restoreFiles, "restoring");
    withdrawUndo(items);
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
    await deleteTrash();
    withdrawUndo();
    changeFolder(TRASH_ROOT, () => []);
    showDone(t("files.trashEmptied"));
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshFolders(TRASH_ROOT);
  }
}
