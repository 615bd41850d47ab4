import { Center, Group, Loader, Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Code, hasCode } from "@/api/error";
import { formatBytes, formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { archiveQuery } from "./data/archive";
import { Unknown } from "./Unknown";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

const MOST_SHOWN = 2000;

export default function ArchiveViewer({ file, version, tools }: ViewerProps) {
  const { t } = useTranslation();
  const [encoding, setEncoding] = useState<string | null>(null);
  const listing = useQuery(archiveQuery(file, version, encoding));
  const files = useMemo(() => [...(listing.data?.files ?? [])].sort((a, b) => a.name.localeCompare(b.name)), [listing.data]);
  return (
    <>
      {tools(
        <Select
          size="sm"
          w="clamp(116px, 24vw, 150px)"
          placeholder={t("viewers.encoding")}
          aria-label={t("viewers.encoding")}
          clearable
          data={["gb18030", "big5", "shiftjis", "euckr", "windows1251", "windows1252", "ibm866"]}
          value={encoding}
          onChange={setEncoding}
        />,
      )}
      {listing.isPending ? (
        <Center flex={1}>
          <Loader />
        </Center>
      ) : listing.error ? (
        <Unknown file={file} version={version} reason={hasCode(listing.error, Code.internal) ? t("viewers.archiveBroken") : errorText(listing.error)} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        <section className={`${classes.stage} ${classes.table}`} tabIndex={0} aria-label={shownName(file.name)}>
          <Table stickyHeader verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("files.name")}</Table.Th>
                <Table.Th>{t("files.size")}</Table.Th>
                <Table.Th visibleFrom="xs">{t("files.modified")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {files.length === 0 && (
                <Table.Tr>
                  <Table.Td colSpan={3}>{t("viewers.emptyArchive")}</Table.Td>
                </Table.Tr>
              )}
              {files.slice(0, MOST_SHOWN).map((inner) => (
                <Table.Tr key={inner.name}>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    <Group gap={8} wrap="nowrap">
                      {inner.is_directory ? <IconFolder size={18} style={{ flex: "none" }} aria-hidden /> : <IconFile size={18} style={{ flex: "none" }} aria-hidden />}
                      {shownName(inner.name)}
                    </Group>
                  </Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{inner.is_directory ? "–" : formatBytes(inner.size)}</Table.Td>
                  <Table.Td visibleFrom="xs" style={{ whiteSpace: "nowrap" }}>{formatTime(inner.updated_at)}</Table.Td>
                </Table.Tr>
              ))}
              {files.length > MOST_SHOWN && (
                <Table.Tr>
                  <Table.Td colSpan={3}>{t("taken.more", { count: files.length - MOST_SHOWN })}</Table.Td>
                </Table.Tr>
              )}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </>
  );
}
