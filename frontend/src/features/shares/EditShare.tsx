/** Editing from the list of shares: first the owner's view of it, then the file it stands for. */
import { Center, Loader, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { childUri } from "@/api/uri";
import { type FileItem, FOLDER, type Share } from "@/api/wire";
import { queryClient } from "@/api/query-client";
import { infoQuery } from "@/shared/data/info";
import { errorText } from "@/shared/message";
import ShareDialog from "./ShareDialog";

/** The owner is named in what the server answers; one's own files are asked for without. */
const mine = (uri: string) => uri.replace(/^cloudreve:\/\/[^/]*@my/, "cloudreve://my");

export default function EditShare({ share, done }: { share: Share; done: () => void }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ["share-source", share.id],
    queryFn: async () => {
      const full = await call<Share>("GET", `/share/info/${share.id}`, { query: { owner_extended: true, password: share.password } });
      const source = mine(full.source_uri ?? "");
      const uri = full.source_type === FOLDER ? source : childUri(source, full.name);
      return { share: { ...share, ...full }, file: await queryClient.fetchQuery(infoQuery(uri)) };
    },
    gcTime: 0,
    retry: false,
  });
  if (found.data) return <ShareDialog file={found.data.file as FileItem} share={found.data.share} done={done} />;
  return (
    <Modal opened onClose={() => done()} title={share.name} closeButtonProps={{ "aria-label": t("app.close") }}>
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
