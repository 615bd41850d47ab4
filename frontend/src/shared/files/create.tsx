/** New folders and new files, once they have a name. */
import i18next from "i18next";
import { lazy } from "react";
import { childUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { refreshFolders, showNew } from "../data/changes";
import { createEntry } from "../data/create";
import { files as picks } from "./store";

const NameDialog = lazy(() => import("./NameDialog"));
const t = i18next.t.bind(i18next);

export async function createFolder(folder: string): Promise<void> {
  await ask<FileItem>((done) => (
    <NameDialog
      title={t("files.newFolder")}
      label={t("files.name")}
      initial={t("files.newFolderName")}
      action={t("files.create")}
      done={done}
      submit={(name) => make(folder, name, "folder")}
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
      submit={(name) => make(folder, name, "file")}
    />
  ));
}

async function make(folder: string, name: string, type: "file" | "folder"): Promise<FileItem> {
  const made = await createEntry({ uri: childUri(folder, name), type, err_on_conflict: true });
  showNew(folder, made);
  refreshFolders(folder);
  picks.select([made.path], made.path);
  return made;
}
