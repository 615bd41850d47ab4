import { Center, Loader, Select, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { formatBytes, formatTime } from "@/ui/format";
import { errorText } from "@/ui/message";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

interface Inner {
  name: string;
  size: number;
  updated_at?: string;
  is_directory: boolean;
}

const MOST_SHOWN = 2000;

export default function ArchiveViewer({ file, version, tools }: ViewerProps) {
  const { t } = useTranslation();
  const [encoding, setEncoding] = useState<string | null>(null);
  const listing = useQuery({
    queryKey: ["archive", file.path, version ?? file.primary_entity, encoding],
    queryFn: () => call<{ files: Inner[] | null }>("GET", "/file/archive", { query: { uri: file.path, entity: version, text_encoding: encoding ?? undefined } }),
    retry: false,
  });
  const files = useMemo(() => [...(listing.data?.files ?? [])].sort((a, b) => a.name.localeCompare(b.name)), [listing.data]);
  return (
    <>
      {tools(
        <Select
          size="sm"
          w={150}
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
        <Center flex={1} role="alert">
          <Text>{errorText(listing.error)}</Text>
        </Center>
      ) : (
        <section className={`${classes.stage} ${classes.table}`} tabIndex={0} aria-label={file.name}>
          <Table stickyHeader verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("files.name")}</Table.Th>
                <Table.Th>{t("files.size")}</Table.Th>
                <Table.Th>{t("files.modified")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {files.slice(0, MOST_SHOWN).map((inner) => (
                <Table.Tr key={inner.name}>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {inner.is_directory ? <IconFolder size={16} /> : <IconFile size={16} />} {inner.name}
                  </Table.Td>
                  <Table.Td>{inner.is_directory ? "–" : formatBytes(inner.size)}</Table.Td>
                  <Table.Td>{formatTime(inner.updated_at)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </>
  );
}
