import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { download } from "@/shared/files/download";
import { FileIcon } from "@/shared/files/FileIcon";
import { formatBytes } from "@/ui/format";
import { shownName } from "@/ui/names";

/** What nothing here can show: what it is, why not, and how to get it. @param children what else can be done */
export function Unknown({ file, version, reason, children }: { file: FileItem; version?: string; reason?: string; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Center flex={1} p="md">
      <Stack align="center" gap="sm" ta="center">
        <FileIcon file={file} size={84} />
        <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
          {shownName(file.name)}
        </Title>
        <Text c="dimmed" role={reason && "alert"} maw={480}>
          {reason ?? t("viewers.unknown")}
        </Text>
        {children}
        <Button size="md" variant={children ? "default" : "filled"} leftSection={<IconDownload size={19} />} onClick={() => void download([file], version)}>
          {t("viewers.downloadSize", { size: formatBytes(file.size) })}
        </Button>
      </Stack>
    </Center>
  );
}
