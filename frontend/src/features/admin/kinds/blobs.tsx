/** Stored versions of bytes, whichever files hold them. */
import { Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime } from "@/ui/format";
import { sure } from "../ask";
import { type BlobRow, blobQuery, blobUrl, deleteBlobs, loadBlobs } from "../data/files";
import { Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { State, word } from "../words";

const kindOf = ({ type }: BlobRow) => `blob_${type ?? 0}`;
const stateOf = ({ reference_count, upload_session_id }: BlobRow) => (upload_session_id ? "uploading" : reference_count ? "held" : "recycled");

const KIND: Kind<BlobRow> = {
  id: "blobs",
  load: loadBlobs,
  nameOf: ({ source }) => source,
  newestFirst: true,
  columns: [
    { id: "source", cell: ({ source }) => source },
    { id: "size", cell: ({ size }) => formatBytes(size ?? 0), text: ({ size }) => String(size ?? 0), order: "size" },
    { id: "kind", cell: (row) => word(kindOf(row)) },
    { id: "state", cell: (row) => <State value={stateOf(row)} />, text: stateOf },
    { id: "references", cell: ({ reference_count }) => reference_count ?? 0, order: "reference_count" },
    { id: "policy", cell: ({ edges }) => edges.storage_policy?.name ?? "" },
    { id: "creator", cell: ({ edges }) => edges.user?.email ?? "", extra: true },
    { id: "updated", cell: ({ updated_at }) => formatFullTime(updated_at), text: ({ updated_at }) => updated_at, order: "updated_at", extra: true },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "entity_user", pick: "person" }, { name: "entity_policy", pick: "policy" }, { name: "entity_type", choices: ["0", "1", "2"], of: "blob" }],
  actions: [
    { id: "delete", danger: true, run: (rows) => deleteBlobs(rows.map(({ id }) => id)) },
    { id: "force", danger: true, run: (rows) => deleteBlobs(rows.map(({ id }) => id), true) },
  ],
  Detail,
};

export const BlobsPage = () => <Listing kind={KIND} />;

function Detail({ row, close }: { row: BlobRow; close: () => void }) {
  const { t } = useTranslation();
  const { data: blob } = useQuery(blobQuery(row.id));
  if (!blob) return <Loader />;
  const remove = async () => {
    const text = t("admin.warnings.blobs.delete", { count: 1, name: blob.source });
    if (!(await sure(t("admin.actions.delete"), text, true))) return false;
    await deleteBlobs([blob.id]);
    close();
  };
  const look = async () => !window.open(await blobUrl(blob.id), "_blank", "noopener") && false;
  return (
    <Part>
      <Deeds
        kind={KIND.id}
        deeds={[
          { id: "download", run: look },
          { id: "delete", danger: true, run: remove },
        ]}
      />
      <Facts
        facts={[
          ["source", blob.source],
          ["size", formatBytes(blob.size ?? 0)],
          ["kind", word(kindOf(blob))],
          ["state", <State key="s" value={stateOf(blob)} />],
          ["policy", blob.edges.storage_policy?.name],
          ["creator", blob.edges.user?.email],
          ["holders", blob.edges.file?.map(({ name, edges }) => `${name} (${edges.owner?.email ?? ""})`).join(", ")],
          ["created", formatFullTime(blob.created_at)],
          ["id", blob.id],
        ]}
      />
    </Part>
  );
}
