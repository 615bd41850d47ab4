/** What came of an import, or would come of it. */
import { Alert, ScrollArea, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatBytes, formatNumber } from "@/ui/format";
import type { ImportProps } from "../../data/imports";
import type { TaskRow } from "../../data/tasks";
import { Facts } from "../../list/Detail";

export const isImport = ({ type, summary }: TaskRow) => type === "import" && Array.isArray(summary?.props.problems);

export function ImportReport({ row }: { row: TaskRow }) {
  const { t } = useTranslation();
  const props = row.summary?.props as unknown as ImportProps;
  return (
    <>
      {props.dry_run && <Alert color="blue">{t("admin.import.trial")}</Alert>}
      <Facts
        facts={[
          ["import_from", props.src_str],
          ["import_files", t("admin.import.came", { number: formatNumber(props.files), size: formatBytes(props.bytes) })],
          ["import_folders", formatNumber(props.folders)],
          ["import_skipped", formatNumber(props.skipped)],
          ["import_failed", formatNumber(props.failed)],
        ]}
      />
      {props.problems.length > 0 && <Problems props={props} />}
    </>
  );
}

function Problems({ props: { problems, failed } }: { props: ImportProps }) {
  const { t, i18n } = useTranslation();
  const why = (reason: string) => (i18n.exists(`admin.import.reasons.${reason}`) ? t(`admin.import.reasons.${reason}`) : reason);
  return (
    <>
      <ScrollArea.Autosize mah={260} type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": t("admin.import.problems") }}>
        <Table fz="sm" aria-label={t("admin.import.problems")}>
          <Table.Tbody>
            {problems.map(({ path, reason }) => (
              <Table.Tr key={path}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{path}</Table.Td>
                <Table.Td>{why(reason)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {failed > problems.length && (
        <Text size="sm" c="dimmed">
          {t("admin.import.more", { count: failed - problems.length })}
        </Text>
      )}
    </>
  );
}
