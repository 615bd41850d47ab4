/** Says what was done, with a way back for a while. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { uuid } from "@/api/random";

const SHOWN_MS = 8000;

export function offerUndo(text: string, undo: () => Promise<void>) {
  const id = uuid();
  notifications.show({
    id,
    autoClose: SHOWN_MS,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={2}>
          {text}
        </Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            void undo();
          }}
        >
          {i18next.t("app.undo")}
        </Button>
      </Group>
    ),
  });
}
