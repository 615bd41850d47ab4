/** What can be brought or begun in a folder; the button above the list and the menu of its empty place agree on it. */
import { Menu } from "@mantine/core";
import { IconCloudDownload, IconFilePlus, IconFolderPlus, IconFolderUp, IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { May } from "@/api/bits";
import { useConfig, viewersOf } from "@/api/config";
import { useMay } from "@/api/use-account";
import type { Policy } from "@/api/wire";
import { ports } from "@/shared/ports";
import { router } from "@/shared/router";
import { closeUp } from "@/ui/format";
import { createFile, createFolder } from "@/shared/files/create";
import { pickFiles, pickFolder } from "@/shared/files/uploads";

export function NewItems({ uri, policy }: { uri: string; policy?: Policy }) {
  const { t } = useTranslation();
  const mayFetch = useMay(May.fetch);
  return (
    <>
      <Menu.Item leftSection={<IconUpload size={17} />} onClick={() => pickFiles(uri, policy)}>
        {t("files.upload")}
      </Menu.Item>
      <Menu.Item leftSection={<IconFolderUp size={17} />} onClick={() => pickFolder(uri, policy)}>
        {t("files.uploadFolder")}
      </Menu.Item>
      {mayFetch && (
        <Menu.Item leftSection={<IconCloudDownload size={17} />} onClick={() => void ports.tasks().then(({ fetchTo }) => fetchTo(uri))}>
          {t("files.fetchLink")}
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item leftSection={<IconFolderPlus size={17} />} onClick={() => void createFolder(uri)}>
        {t("files.newFolder")}
      </Menu.Item>
      <NewFileItems uri={uri} />
    </>
  );
}

/** Kinds of files that can be begun here: those whose editor is part of this page. */
const EDITABLE = new Set(["monaco", "markdown"]);

function NewFileItems({ uri }: { uri: string }) {
  const { t } = useTranslation();
  const config = useConfig("explorer");
  const templates = viewersOf(config)
    .filter((viewer) => EDITABLE.has(viewer.id))
    .flatMap((viewer) => (viewer.templates ?? []).map((template) => ({ ...template, viewer: viewer.id })));
  return templates.map(({ ext, display_name, viewer }) => (
    <Menu.Item
      key={`${viewer} ${ext}`}
      leftSection={<IconFilePlus size={17} />}
      onClick={async () => {
        const made = await createFile(uri, ext);
        if (made) void router.navigate({ to: "/home", search: (last) => ({ ...last, open: made.path, viewer }) });
      }}
    >
      {closeUp(t("files.newOf", { kind: display_name.startsWith("fileManager.") ? t(`viewers.${display_name.slice("fileManager.".length)}`) : display_name }))}
    </Menu.Item>
  ));
}
