/** What a tab does when another one signed its account out, or went to another account. */
import { notifications } from "@mantine/notifications";
import type { AnyRouter } from "@tanstack/react-router";
import { accounts } from "@/api/accounts";
import { forgetFiles } from "@/features/files/forget";
import { closeAllDialogs } from "@/ui/dialogs";
import { queryClient } from "@/api/query-client";

/** Hides at once whatever is on the screen, forgets it, and goes where the browser's accounts lead now. */
export async function leaveToOthers(router: AnyRouter): Promise<void> {
  const root = document.documentElement;
  root.dataset.leaving = "";
  queryClient.clear();
  closeAllDialogs();
  notifications.clean();
  forgetFiles();
  const { pathname, href } = router.state.location;
  // Nothing may hold this up: not even a text that is not saved, which others could read meanwhile.
  const ignoreBlocker = true;
  if (!pathname.startsWith("/session")) {
    if (accounts.current()) await router.navigate({ to: "/home", search: {}, ignoreBlocker });
    else await router.navigate({ to: "/session", search: { redirect: href }, ignoreBlocker });
  }
  delete root.dataset.leaving;
}
