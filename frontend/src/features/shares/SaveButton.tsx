/** Keeps what is shared in one's own drive: a copy, or a shortcut that follows the share. */
import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconCopyPlus, IconFolderPlus, IconLink } from "@tabler/icons-react";
import i18next from "i18next";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { childUri, MY_ROOT, parseUri, SHARED_WITH_ME, shareUri } from "@/api/uri";
import { useAccount } from "@/api/use-account";
import { FOLDER, type Share } from "@/api/wire";
import { createEntry } from "@/shared/data/create";
import { moveFiles } from "@/shared/data/move";
import { refreshFolders } from "@/shared/data/changes";
import { ask } from "@/ui/dialogs";
import { shownName } from "@/ui/names";
import { showDone, showError } from "@/shared/message";

const FolderPicker = lazy(() => import("@/shared/files/FolderPicker"));

async function save(share: Share, uri: string, how: "copy" | "shortcut") {
  const { t } = i18next;
  const target = await ask<string>((done) => <FolderPicker title={shownName(share.name)} action={t("shares.saveHere")} start={MY_ROOT} forbidden={[]} done={done} />);
  if (!target) return;
  const { id, password } = parseUri(uri);
  const root = shareUri(id, password);
  const folder = share.source_type === FOLDER;
  const source = folder ? root : childUri(root, share.name);
  try {
    if (how === "copy") await moveFiles([source], target, { copy: true });
    else {
      const metadata = { "sys:shared_redirect": source, "sys:shared_owner": share.owner.id };
      await createEntry({ uri: childUri(target, share.name), type: folder ? "folder" : "file", err_on_conflict: true, metadata });
    }
    showDone(t(how === "copy" ? "shares.copied" : "shares.saved"));
  } catch (error) {
    showError(error);
  } finally {
    refreshFolders(target, SHARED_WITH_ME);
  }
}

export function SaveButton({ share, uri, narrow }: { share: Share; uri: string; narrow?: boolean }) {
  const { t } = useTranslation();
  const account = useAccount();
  if (!account || account.user.id === share.owner.id) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        {narrow ? (
          <ActionIcon size="lg" variant="default" aria-label={t("shares.save")}>
            <IconFolderPlus size={18} />
          </ActionIcon>
        ) : (
          <Button variant="default" leftSection={<IconFolderPlus size={18} />}>
            {t("shares.save")}
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCopyPlus size={17} />} onClick={() => void save(share, uri, "copy")}>
          {t("shares.saveCopy")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLink size={17} />} onClick={() => void save(share, uri, "shortcut")}>
          {t("shares.saveShortcut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
