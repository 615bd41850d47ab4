/** Says how far something long has come. */
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { uuid } from "@/api/random";

export function showProgress(doing: string, total: number) {
  const id = uuid();
  const message = (done: number) => i18next.t(`progress.${doing}`, { done, count: total });
  notifications.show({ id, loading: true, autoClose: false, withCloseButton: false, withBorder: true, message: message(0) });
  return {
    at: (done: number) => notifications.update({ id, loading: true, autoClose: false, withCloseButton: false, withBorder: true, message: message(done) }),
    end: () => notifications.hide(id),
  };
}
