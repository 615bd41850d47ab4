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

interface Offer {
  /** Of its message. */
  id: string;
  takeBack: () => void;
  /** What has to lie in the trash for it, by id. */
  needs: Set<string>;
  closed?: boolean;
}

/** Those that bring something out of the trash, for as long as they are shown or are the last. */
const offers = new Set<Offer>();

/** These are in the trash no longer, or nothing is: what would bring only them back is not offered any more. */
export function withdrawUndo(gone?: readonly { id: string }[]) {
  for (const offer of offers) {
    for (const { id } of gone ?? []) offer.needs.delete(id);
    if (gone && offer.needs.size > 0) continue;
    offers.delete(offer);
    lastUndo.forget(offer.takeBack);
    notifications.hide(offer.id);
  }
}

/** @param trashed what it brings out of the trash */
export function offerUndo(text: string, undo: () => Promise<void>, trashed: readonly { id: string }[] = []) {
  const id = uuid();
  const takeBack = () => {
    lastUndo.forget(takeBack);
    notifications.hide(id);
    void undo();
  };
  lastUndo.set(takeBack);
  const offer: Offer = { id, takeBack, needs: new Set(trashed.map((item) => item.id)) };
  for (const earlier of offers) if (earlier.closed) offers.delete(earlier);
  if (trashed.length > 0) offers.add(offer);
  notifications.show({
    id,
    autoClose: SHOWN_MS,
    onClose: () => void (offer.closed = true),
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
