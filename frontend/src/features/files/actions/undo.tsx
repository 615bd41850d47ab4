/** Says what was done, with a way back for a while. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { uuid } from "@/ui/random";
import { lastUndo } from "../last-undo";

const SHOWN_MS = 8000;

/** Takes back what was done last, also after its message is gone. Returns whether there was anything. */
export function undoLast(): boolean {
  const undo = lastUndo.get();
  undo?.();
  return !!undo;
}

export function offerUndo(text: string, undo: () => Promise<void>) {
  const id = uuid();
  const takeBack = () => {
    lastUndo.forget(takeBack);
    notifications.hide(id);
    void undo();
  };
  lastUndo.set(takeBack);
  notifications.show({
    id,
    autoClose: SHOWN_MS,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={2}>
          {text}
        </Text>
        <Button size="compact-sm" variant="light" flex="none" aria-keyshortcuts="Control+Z" onClick={takeBack}>
          {i18next.t("app.undo")}
        </Button>
      </Group>
    ),
  });
}
