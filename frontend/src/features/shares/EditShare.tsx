/** Editing from the list of shares: first the owner's view of it, then the file it stands for. */
import { Center, Loader, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Share } from "@/api/wire";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { shareSourceQuery } from "./data/share";
import ShareDialog from "./ShareDialog";

export default function EditShare({ share, done }: { share: Share; done: () => void }) {
  const { t } = useTranslation();
  const found = useQuery(shareSourceQuery(share));
  if (found.data) return <ShareDialog file={found.data.file} share={found.data.share} done={done} />;
  return (
    <Modal opened onClose={() => done()} title={shownName(share.name)} closeButtonProps={{ "aria-label": t("app.close") }}>
      {found.error ? (
        <Text role="alert">{errorText(found.error)}</Text>
      ) : (
        <Center h={120}>
          <Loader role="status" aria-label={t("app.loading")} />
        </Center>
      )}
    </Modal>
  );
}
