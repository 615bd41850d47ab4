import { ActionIcon, Menu, Modal } from "@mantine/core";
import { IconCopy, IconDots, IconExternalLink, IconPencil, IconQrcode, IconTrash } from "@tabler/icons-react";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { shareUri } from "@/api/uri";
import type { Share } from "@/api/wire";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { router } from "@/shared/router";
import ConfirmDialog from "@/shared/ConfirmDialog";
import { ask } from "@/ui/dialogs";
import { shownName } from "@/ui/names";
import { showDone, showError } from "@/shared/message";
import { deleteShare } from "./data/share";
import { refreshShares } from "./data/shares";
import { ShareLink } from "./ShareLink";

const EditShare = lazy(() => import("./EditShare"));

export function ShareMenu({ share }: { share: Share }) {
  const { t } = useTranslation();
  const open = () => void router.navigate({ to: "/home", search: { path: shareUri(share.id, share.password) } });
  const copy = async () => {
    await navigator.clipboard.writeText(share.url);
    showDone(t("app.copied"));
  };
  const showCode = () =>
    ask((done) => (
      <Modal opened onClose={() => done()} title={shownName(share.name)} closeButtonProps={{ "aria-label": t("app.close") }}>
        <ShareLink link={share.url} done={done} />
      </Modal>
    ));
  const remove = async () => {
    const sure = await ask<boolean>((done) => (
      <ConfirmDialog title={t("shares.remove")} text={t("shares.removeText", { name: share.name })} action={t("shares.remove")} danger done={done} />
    ));
    if (!sure) return;
    try {
      await deleteShare(share.id);
      showDone(t("shares.deleted"));
    } catch (error) {
      showError(error);
    } finally {
      refreshShares();
      void queryClient.invalidateQueries({ queryKey: keys.folders() });
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("shares.menu", { name: share.name })}>
          <IconDots size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!share.expired && (
          <>
            <Menu.Item leftSection={<IconExternalLink size={17} />} onClick={open}>
              {t("files.open")}
            </Menu.Item>
            <Menu.Item leftSection={<IconCopy size={17} />} onClick={() => void copy().catch(showError)}>
              {t("shares.copyLink")}
            </Menu.Item>
            <Menu.Item leftSection={<IconQrcode size={17} />} onClick={() => void showCode()}>
              {t("shares.qr")}
            </Menu.Item>
            <Menu.Item leftSection={<IconPencil size={17} />} onClick={() => void ask((done) => <EditShare share={share} done={done} />)}>
              {t("shares.editMenu")}
            </Menu.Item>
          </>
        )}
        <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={17} />} onClick={() => void remove()}>
          {t("shares.remove")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
