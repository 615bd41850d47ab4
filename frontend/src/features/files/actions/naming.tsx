/** What asks for a name: new folders, new files, renaming. */
import i18next from "i18next";
import { lazy } from "react";
import { call } from "@/api/client";
import { childUri } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { changeEverywhere, refreshFolders, refreshParentsOf, showNew } from "@/shared/files/folder";
import { files as picks } from "@/shared/files/store";

const NameDialog = lazy(() => import("@/shared/files/NameDialog"));
const t = i18next.t.bind(i18next);

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
        showNew(folder, made);
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
        showNew(folder, made);
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
