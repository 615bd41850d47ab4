/** Says how far something long has come, and lets it be stopped where that is possible. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { uuid } from "./random";

export function showProgress(doing: string, total: number, stop?: () => void) {
  const id = uuid();
  const shown = (done: number, of: number) => {
    const text = i18next.t(`progress.${doing}`, { done, count: of });
    const message = stop ? (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{text}</Text>
        <Button size="compact-sm" variant="light" flex="none" onClick={stop}>
          {i18next.t("app.stop")}
        </Button>
      </Group>
    ) : (
      text
    );
    return { id, loading: true, autoClose: false as const, withCloseButton: false, withBorder: true, message };
  };
  notifications.show(shown(0, total));
  return {
    at: (done: number, of = total) => notifications.update(shown(done, of)),
    end: () => notifications.hide(id),
  };
}
