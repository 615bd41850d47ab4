import { accounts } from "@/api/accounts";
import { queryClient } from "@/api/query-client";
import { chooseLanguage } from "@/shared/languages";
import { router } from "@/shared/router";
import type { SignedIn } from "@/api/wire";

/** Makes the account current and goes where the user wanted to be. */
export async function enter(signedIn: SignedIn, redirect?: string) {
  accounts.add(signedIn);
  queryClient.clear();
  if (signedIn.user.language && !localStorage.getItem("alcove.language")) await chooseLanguage(signedIn.user.language);
  const target = safeTarget(redirect);
  if (target) await router.navigate({ href: target } as never);
  else await router.navigate({ to: "/home", search: {} });
}

/** Only places of this page: nobody is sent elsewhere by a crafted link. */
export function safeTarget(redirect: string | undefined): string | undefined {
  if (!redirect) return undefined;
  const url = new URL(redirect, location.origin);
  const ours = url.origin === location.origin && redirect.startsWith("/") && !redirect.startsWith("//");
  return ours && !redirect.startsWith("/session?") && redirect !== "/session" ? url.pathname + url.search : undefined;
}

const TARGET = "alcove.target";

/** Kept in this tab while the browser is at another site. */
export function rememberTarget(redirect: string | undefined) {
  if (redirect) sessionStorage.setItem(TARGET, redirect);
  else sessionStorage.removeItem(TARGET);
}

export function takeTarget(): string | undefined {
  const target = sessionStorage.getItem(TARGET) ?? undefined;
  sessionStorage.removeItem(TARGET);
  return target;
}

/** The server has no account yet: the next one becomes the administrator. */
export function isFirstRun(): boolean {
  return document.querySelector<HTMLMetaElement>('meta[name="alcove-first-run"]')?.content === "true";
}

export function endFirstRun() {
  document.querySelector('meta[name="alcove-first-run"]')?.remove();
}
