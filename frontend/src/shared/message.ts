/** Says what happened, in the user's words. */
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { asApiError, Code, isAway, isFull } from "@/api/error";

export function errorText(caught: unknown): string {
  // The browser, not the server, refused something about a passkey.
  if (caught instanceof DOMException && caught.name !== "AbortError") return i18next.t("errors.40024");
  const error = asApiError(caught).innermost;
  if (error.code === Code.network) return i18next.t("errors.network");
  const key = `errors.${isFull(error) ? "storageFull" : isAway(error) ? "storageAway" : error.code}`;
  if (i18next.exists(key)) return i18next.t(key, { message: error.message });
  return error.message || i18next.t("errors.unknown", { code: error.code });
}

/** Nothing that was written into a form is to blame: it was not heard, or could not be worked on. */
export function isNoFaultOfInput(caught: unknown): boolean {
  const { code } = asApiError(caught).innermost;
  return code < 0 || code === Code.loginRequired || code >= Code.database;
}

export function showError(error: unknown) {
  showTrouble(errorText(error));
}

export function showTrouble(message: string) {
  notifications.show({ id: message, color: "red", message, autoClose: 6000, withBorder: true });
}

let lastDone = "";

/**
 * The last thing that was done is enough: its message takes the place of the one before.
 * It is another one, with a name of its own: else it would go when the time of the first is over.
 */
export function showDone(message: string) {
  notifications.hide(lastDone);
  lastDone = notifications.show({ message, autoClose: 3000, withBorder: true });
}
