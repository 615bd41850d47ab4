/** What was cut or copied, until it is pasted or put away. */
import { ActionIcon, Button, Group, Tooltip } from "@mantine/core";
import { IconClipboard, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { parseUri } from "@/api/uri";
import { paste } from "./actions";
import { useFiles } from "@/shared/files/store";

export function Clipboard({ uri, narrow }: { uri: string; narrow: boolean }) {
  const { t } = useTranslation();
  const clipboard = useFiles((state) => state.clipboard);
  if (!clipboard) return null;
  const held = t("files.inClipboard", { count: clipboard.files.length });
  const disabled = parseUri(uri).fs !== "my";
  const here = () => void paste(uri);
  return (
    <Group gap={2} wrap="nowrap" role="group" aria-label={held}>
      <Tooltip label={held}>
        {narrow ? (
          <ActionIcon size="lg" variant="light" color="accent" aria-label={t("files.pasteHere")} onClick={here} disabled={disabled}>
            <IconClipboard size={19} />
          </ActionIcon>
        ) : (
          <Button size="sm" variant="light" leftSection={<IconClipboard size={17} />} onClick={here} disabled={disabled}>
            {t("files.pasteHere")}
          </Button>
        )}
      </Tooltip>
      <ActionIcon aria-label={t("app.cancel")} onClick={() => useFiles.setState({ clipboard: undefined })}>
        <IconX size={17} />
      </ActionIcon>
    </Group>
  );
}
