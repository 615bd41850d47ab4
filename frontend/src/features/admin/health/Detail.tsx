/** Everything about one damaged blob: where its bytes are, and whose files show them. */
import { Group, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime } from "@/ui/format";
import type { DamagedRow, PolicyHealth } from "../data/health";
import { Facts, Part } from "../list/Detail";
import { PageLink } from "../PageLink";
import { word } from "../words";
import { SettleButtons } from "./Chosen";
import { type Deed, useSettle } from "./use-settle";

interface Props {
  row: DamagedRow;
  policy: PolicyHealth | undefined;
  close: () => void;
}

export function Detail({ row, policy, close }: Props) {
  const { t, i18n } = useTranslation();
  const { busy, run } = useSettle();
  const act = async (deed: Deed) => {
    if (await run(deed, [row])) close();
  };
  const hint = `admin.health.hints.${row.damage}`;
  return (
    <Part>
      {i18n.exists(hint) && <Text size="sm">{t(hint)}</Text>}
      <Group gap="xs">
        <SettleButtons rows={[row]} busy={busy} act={act} />
      </Group>
      <Facts
        facts={[
          ["damage", word(`damage_${row.damage}`)],
          ["files", row.files.length > 0 ? <Files key="files" of={row.files} /> : undefined],
          ["size", formatBytes(row.size)],
          ["found", formatFullTime(row.found_at)],
          ["policy", policy?.name],
          ["source", row.source],
          ["id", row.id],
        ]}
      />
    </Part>
  );
}

/** Each leads to where the console shows it. */
function Files({ of }: { of: DamagedRow["files"] }) {
  return (
    <List listStyleType="none" size="sm">
      {of.map(({ id, name, owner_id, edges }) => (
        <List.Item key={id}>
          <PageLink page="files" search={{ file_name: name, file_user: String(owner_id) }}>
            {name}
          </PageLink>{" "}
          {edges.owner?.email}
        </List.Item>
      ))}
    </List>
  );
}
