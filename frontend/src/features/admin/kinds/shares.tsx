/** Shares of everybody. */
import { Anchor } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatFullTime } from "@/ui/format";
import { sure } from "../ask";
import { deleteShares, loadShares, type ShareRow } from "../data/files";
import { Deeds, Facts, Part } from "../list/Detail";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";

const nameOf = ({ edges, id }: ShareRow) => edges.file?.name ?? `#${id}`;

const KIND: Kind<ShareRow> = {
  id: "shares",
  load: loadShares,
  nameOf,
  newestFirst: true,
  columns: [
    { id: "name", cell: nameOf },
    { id: "owner", cell: ({ edges }) => edges.user?.email ?? "" },
    { id: "views", cell: ({ views }) => views ?? 0, order: "views" },
    { id: "downloads", cell: ({ downloads }) => downloads ?? 0, order: "downloads" },
    { id: "remaining", cell: ({ remain_downloads }) => remain_downloads ?? "", order: "remain_downloads" },
    { id: "expires", cell: ({ expires }) => (expires ? formatFullTime(expires) : ""), text: ({ expires }) => expires ?? "" },
    { id: "created", cell: ({ created_at }) => formatFullTime(created_at), text: ({ created_at }) => created_at, extra: true },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "share_user_id", pick: "person" }, { name: "share_file_id" }],
  actions: [{ id: "takeBack", run: (rows) => deleteShares(rows.map(({ id }) => id)) }],
  Detail,
};

export const SharesPage = () => <Listing kind={KIND} />;

function Detail({ row, close }: { row: ShareRow; close: () => void }) {
  const { t } = useTranslation();
  const takeBack = async () => {
    if (!(await sure(t("admin.actions.takeBack"), t("admin.warnings.shares.takeBack", { count: 1, name: nameOf(row) }), true))) return false;
    await deleteShares([row.id]);
    close();
  };
  return (
    <Part>
      <Deeds kind={KIND.id} deeds={[{ id: "takeBack", danger: true, run: takeBack }]} />
      <Facts
        facts={[
          ["name", nameOf(row)],
          ["owner", row.edges.user?.email],
          ["link", <Anchor key="l" href={row.share_link} target="_blank" rel="noopener">{row.share_link}</Anchor>],
          ["password", row.password],
          ["views", String(row.views ?? 0)],
          ["downloads", String(row.downloads ?? 0)],
          ["remaining", row.remain_downloads],
          ["expires", row.expires && formatFullTime(row.expires)],
          ["readme", row.props?.show_read_me ? word("on") : undefined],
          ["created", formatFullTime(row.created_at)],
          ["id", row.id],
        ]}
      />
    </Part>
  );
}
