import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/error";
import { nameOf } from "@/api/uri";
import { shownName } from "@/ui/names";
import { errorText } from "../message";

/** More would take a while to draw. */
const MOST_NAMED = 500;

/** Names what failed of a batch; the rest is done. */
export default function FailuresDialog({ error, done }: { error: ApiError; done: () => void }) {
  const { t } = useTranslation();
  const failed = Object.entries(error.failed);
  return (
    <Modal
      opened
      onClose={() => done()}
      title={t("files.someFailed", { count: failed.length })}
      closeButtonProps={{ "aria-label": t("app.close") }}
    >
      <Stack>
        <List spacing="xs" size="sm" mah="50vh" style={{ overflow: "auto" }}>
          {failed.slice(0, MOST_NAMED).map(([uri, inner]) => (
            <List.Item key={uri}>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                {safeName(uri)}
              </Text>
              <Text size="sm" c="dimmed">
                {errorText(inner)}
              </Text>
            </List.Item>
          ))}
          {failed.length > MOST_NAMED && <List.Item>{t("taken.more", { count: failed.length - MOST_NAMED })}</List.Item>}
        </List>
        <Group justify="end">
          <Button onClick={() => done()}>{t("app.close")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function safeName(uri: string): string {
  try {
    return shownName(nameOf(uri)) || uri;
  } catch {
    return uri;
  }
}
