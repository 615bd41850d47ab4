import i18next from "i18next";
import { lazy } from "react";
import { type FileItem, isFolder } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { changeEverywhere, refreshParentsOf } from "@/shared/data/changes";
import { renameFile } from "../data/rename";
import { files as picks } from "@/shared/files/store";

const NameDialog = lazy(() => import("@/shared/files/NameDialog"));
const t = i18next.t.bind(i18next);

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
        const renamed = await renameFile(file.path, name);
        const merged = { ...file, ...renamed, metadata: file.metadata };
        changeEverywhere((list) => list.map((each) => (each.path === file.path ? merged : each)));
        refreshParentsOf([file]);
        picks.select([renamed.path], renamed.path);
        return renamed;
      }}
    />
  ));
}
