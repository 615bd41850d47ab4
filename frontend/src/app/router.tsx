/** Every page and its address. Pages are loaded when they are opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, Outlet, parseSearchWith, redirect, stringifySearchWith } from "@tanstack/react-router";
import { accounts } from "@/api/accounts";
import { hasBit, May } from "@/api/bits";
import { hook } from "@/api/client";
import { formatUri, MY_ROOT, parseUri } from "@/api/uri";
import { SessionLayout } from "@/features/session/SessionLayout";
import { SignInPage } from "@/features/session/SignInPage";
import { provideRouter } from "@/shared/router";
import { ask } from "@/ui/dialogs";
import { CrashPage, LostPage } from "./Lost";
import { leaveToOthers } from "./leave";
import { queryClient } from "@/api/query-client";

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;

const root = createRootRoute({ component: Outlet, notFoundComponent: LostPage });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect(accounts.current() ? { to: "/home" } : { to: "/session" });
  },
});

const session = createRoute({
  getParentRoute: () => root,
  path: "/session",
  component: SessionLayout,
});

export interface SessionSearch {
  redirect?: string;
  email?: string;
}

const readSessionSearch = (search: Record<string, unknown>): SessionSearch => ({
  redirect: text(search.redirect),
  email: text(search.email),
});

const signIn = createRoute({
  getParentRoute: () => session,
  path: "/",
  validateSearch: readSessionSearch,
  component: SignInPage,
});

const signUp = createRoute({
  getParentRoute: () => session,
  path: "/signup",
  validateSearch: readSessionSearch,
  component: lazyRouteComponent(() => import("@/features/session/SignUpPage"), "SignUpPage"),
});

const activate = createRoute({
  getParentRoute: () => session,
  path: "/activate",
  validateSearch: (search) => ({ id: text(search.id), sign: text(search.sign) }),
  component: lazyRouteComponent(() => import("@/features/session/ActivatePage"), "ActivatePage"),
});

const reset = createRoute({
  getParentRoute: () => session,
  path: "/reset",
  validateSearch: (search) => ({ id: text(search.id), secret: text(search.secret), email: text(search.email) }),
  component: lazyRouteComponent(() => import("@/features/session/ResetPage"), "ResetPage"),
});

const authorize = createRoute({
  getParentRoute: () => session,
  path: "/authorize",
  validateSearch: (search) => ({
    response_type: text(search.response_type),
    client_id: text(search.client_id),
    scope: text(search.scope),
    redirect_uri: text(search.redirect_uri),
    state: text(search.state),
    code_challenge: text(search.code_challenge),
    code_challenge_method: text(search.code_challenge_method),
  }),
  component: lazyRouteComponent(() => import("@/features/session/AuthorizePage"), "AuthorizePage"),
});

const desktop = createRoute({
  getParentRoute: () => session,
  path: "/desktop",
  validateSearch: (search) => ({ code: text(search.code), state: text(search.state) }),
  component: lazyRouteComponent(() => import("@/features/session/DesktopPage"), "DesktopPage"),
});

const desktopCallback = createRoute({
  getParentRoute: () => root,
  path: "/callback/desktop",
  validateSearch: (search) => ({ code: text(search.code), state: text(search.state) }),
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/session/desktop", search });
  },
});

const openid = createRoute({
  getParentRoute: () => session,
  path: "/openid/$provider",
  validateSearch: (search) => ({ code: text(search.code), state: text(search.state), error: text(search.error) }),
  component: lazyRouteComponent(() => import("@/features/session/OpenIdPage"), "OpenIdPage"),
});

const openidCallback = createRoute({
  getParentRoute: () => root,
  path: "/callback/openid/$provider",
  validateSearch: (search) => ({ code: text(search.code), state: text(search.state), error: text(search.error) }),
  beforeLoad: ({ search, params }) => {
    throw redirect({ to: "/session/openid/$provider", params, search });
  },
});

/** What needs an account; comes back here after signing in. */
function demandAccount({ location }: { location: { href: string } }) {
  if (!accounts.current()) throw redirect({ to: "/session", search: { redirect: location.href } });
}

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
});

export interface HomeSearch {
  path?: string;
  /** The file that is looked at. */
  open?: string;
  viewer?: string;
  version?: string;
}

/** A folder as links name it, however somebody wrote it: what is known of it is kept under that. */
function folderOf(path?: string): string | undefined {
  if (!path || path.includes("?")) return path;
  try {
    return formatUri(parseUri(path));
  } catch {
    return path;
  }
}

const home = createRoute({
  getParentRoute: () => shell,
  path: "/home",
  validateSearch: (search): HomeSearch => ({
    path: folderOf(text(search.path)),
    open: text(search.open),
    viewer: text(search.viewer),
    version: text(search.version),
  }),
  beforeLoad: (context) => {
    let fs: string;
    try {
      fs = parseUri(context.search.path ?? MY_ROOT).fs;
    } catch {
      throw redirect({ to: "/home", search: {} });
    }
    if (fs !== "share") demandAccount(context);
  },
  component: lazyRouteComponent(() => import("./HomePage"), "HomePage"),
});

const shares = createRoute({
  getParentRoute: () => shell,
  path: "/shares",
  beforeLoad: demandAccount,
  component: lazyRouteComponent(() => import("@/features/shares/SharesPage"), "SharesPage"),
});

const tasks = createRoute({
  getParentRoute: () => shell,
  path: "/tasks",
  validateSearch: (search): { tab?: string; task?: string } => ({ tab: text(search.tab), task: text(search.task) }),
  beforeLoad: demandAccount,
  component: lazyRouteComponent(() => import("@/features/tasks/TasksPage"), "TasksPage"),
});

const connect = createRoute({
  getParentRoute: () => shell,
  path: "/connect",
  beforeLoad: demandAccount,
  component: lazyRouteComponent(() => import("@/features/settings/ConnectPage"), "ConnectPage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: (search): { tab?: string } => ({ tab: text(search.tab) }),
  beforeLoad: demandAccount,
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});

const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile/$id",
  component: lazyRouteComponent(() => import("@/features/shares/ProfilePage"), "ProfilePage"),
});

const adminStart = createRoute({
  getParentRoute: () => shell,
  path: "/admin",
  beforeLoad: () => {
    throw redirect({ to: "/admin/$page", params: { page: "overview" }, search: {} });
  },
});

/** Where Microsoft sends administrators back to (V4 API). */
const policyCallback = createRoute({
  getParentRoute: () => shell,
  path: "/admin/policy/oauth",
  validateSearch: (search) => ({ code: text(search.code), state: text(search.state), error: text(search.error_description) ?? text(search.error) }),
  beforeLoad: demandAccount,
  component: lazyRouteComponent(() => import("@/features/admin/SignedInPage"), "SignedInPage"),
});

const admin = createRoute({
  getParentRoute: () => shell,
  path: "/admin/$page",
  // Filters and places of lists, by their own names.
  validateSearch: (search): Record<string, string | undefined> => Object.fromEntries(Object.entries(search).map(([name, value]) => [name, text(value)])),
  beforeLoad: (context) => {
    demandAccount(context);
    // Who may not enter sees what is not there.
    if (!hasBit(accounts.current()?.user.group?.permission, May.administrate)) throw notFound();
  },
  component: lazyRouteComponent(() => import("@/features/admin/AdminPage"), "AdminPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    desktopCallback,
    openidCallback,
    session.addChildren([signIn, signUp, activate, reset, authorize, desktop, openid]),
    shell.addChildren([home, shares, tasks, connect, settings, profile, adminStart, policyCallback, admin]),
  ]),
  // Values are texts: an id such as "1e5" is no number.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(JSON.stringify),
  defaultPreload: "intent",
  defaultErrorComponent: CrashPage,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

provideRouter(router);

accounts.watch(() => void leaveToOthers(router));

hook({
  onSignedOut: () => {
    const here = router.state.location.href;
    if (here.startsWith("/session")) return;
    queryClient.clear();
    void router.navigate({ to: "/session", search: { redirect: here } });
  },
  onLocked: async (conflicts) => {
    const { LockDialog } = await import("@/features/files/dialogs/LockDialog");
    return (await ask<boolean>((done) => <LockDialog conflicts={conflicts} done={done} />)) ?? false;
  },
});
