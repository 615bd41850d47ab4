/** Files of everybody. */
import { Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime } from "@/ui/format";
import { askName } from "../ask";
import { deleteFiles, type FileRow, fileQuery, fileUrl, loadFiles, renameFile } from "../data/files";
import { askForm } from "../form/FormDialog";
import { type Deed, Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { PageLink } from "../PageLink";

const KIND: Kind<FileRow> = {
  id: "files",
  load: loadFiles,
  nameOf: ({ name }) => name,
  newestFirst: true,
  columns: [
    { id: "name", cell: ({ name }) => name, order: "name" },
    { id: "size", cell: ({ size }) => formatBytes(size ?? 0), text: ({ size }) => String(size ?? 0), order: "size" },
    { id: "owner", cell: ({ edges }) => edges.owner?.email ?? "" },
    { id: "updated", cell: ({ updated_at }) => formatFullTime(updated_at), text: ({ updated_at }) => updated_at, order: "updated_at" },
    { id: "created", cell: ({ created_at }) => formatFullTime(created_at), text: ({ created_at }) => created_at, order: "created_at", extra: true },
    { id: "versions", cell: ({ edges }) => edges.entities?.length ?? 0, extra: true },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "file_name" }, { name: "file_user", pick: "person" }, { name: "file_policy", pick: "policy" }, { name: "file_shared", choices: ["true"] }, { name: "file_direct_link", choices: ["true"] }],
  actions: [{ id: "delete", danger: true, run: (rows) => deleteFiles(rows.map(({ id }) => id)) }],
  Detail,
};

export const FilesPage = () => <Listing kind={KIND} />;

function Detail({ row, close }: { row: FileRow; close: () => void }) {
  const { t } = useTranslation();
  const { data: file } = useQuery(fileQuery(row.id));
  if (!file) return <Loader />;
  const deeds: Deed[] = [
    {
      id: "rename",
      run: () => askForm({ title: file.name, fields: [{ name: "name", kind: "text", required: true }], values: { name: file.name }, action: t("admin.save"), submit: ({ name }) => renameFile(file, String(name)) }),
    },
    {
      id: "delete",
      danger: true,
      run: async () => {
        const text = t("admin.warnings.files.delete", { count: 1, name: file.name });
        if (!(await askName(t("admin.actions.delete"), text, file.name))) return false;
        await deleteFiles([file.id]);
        close();
      },
    },
  ];
  if (file.primary_entity) deeds.unshift({ id: "look", run: async () => !window.open(await fileUrl(file.id), "_blank", "noopener") && false });
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={deeds} />
      <Facts
        facts={[
          ["name", file.name],
          ["size", formatBytes(file.size ?? 0)],
          ["owner", file.edges.owner?.email],
          ["policy", file.edges.storage_policies?.name],
          ["updated", formatFullTime(file.updated_at)],
          ["created", formatFullTime(file.created_at)],
          ["versions", file.edges.entities?.map(({ id, size }) => `#${id} (${formatBytes(size ?? 0)})`).join(", ")],
          ["metadata", file.edges.metadata?.map(({ name, value }) => `${name}=${value ?? ""}`).join(", ")],
          ["shares", file.edges.shares?.map(({ id }) => `#${id}`).join(", ")],
          ["direct_links", Object.values(file.direct_link_map ?? {}).join(", ")],
          ["public_id", file.file_hash_id],
          ["id", file.id],
        ]}
      />
      <PageLink page="events" search={{ event_file: String(file.id) }}>
        {t("admin.itsEvents")}
      </PageLink>
    </Part>
  );
}
