import { Menu } from "@mantine/core";
import { IconFilePlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useConfig, viewersOf } from "@/api/config";
import { router } from "@/app/router";
import { createFile } from "./actions";

/** Kinds of files that can be begun here: those whose editor is part of this page. */
const EDITABLE = new Set(["monaco", "markdown"]);

export function NewFileItems({ uri }: { uri: string }) {
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
      {t("files.newOf", { kind: display_name.startsWith("fileManager.") ? t(`viewers.${display_name.slice("fileManager.".length)}`) : display_name })}
    </Menu.Item>
  ));
}
