/**
 * Who is signed in in this browser: several accounts side by side, one of them current.
 * Kept in local storage, so that every tab agrees.
 */
import { uuid } from "@/ui/random";
import type { SignedIn, Tokens, User } from "./wire";

export interface Account {
  user: User;
  token: Tokens;
  /** Which session of this browser it is; each sign-in begins one. */
  session?: string;
  /** The server refused its tokens; the password is needed again. */
  expired?: boolean;
}

interface State {
  current?: string;
  accounts: Record<string, Account>;
}

const KEY = "alcove.accounts";
const listeners = new Set<() => void>();
const watchers = new Set<() => void>();
let state = read();
/** Whose things this tab shows. */
let shown = current()?.user.id;

function current(): Account | undefined {
  const account = state.current ? state.accounts[state.current] : undefined;
  return account?.expired ? undefined : account;
}

function read(): State {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "") as State;
    return stored && typeof stored.accounts === "object" ? stored : { accounts: {} };
  } catch {
    return { accounts: {} };
  }
}

function write(next: State) {
  state = next;
  shown = current()?.user.id;
  localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Another tab may have signed somebody out, or gone to another account. */
function look() {
  state = read();
  const before = shown;
  shown = current()?.user.id;
  if (shown !== before) for (const watcher of watchers) watcher();
  for (const listener of listeners) listener();
}

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) look();
  });
  // A page that comes back as it was left has heard of nothing.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) look();
  });
}

export const accounts = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  /** Calls back when another tab changed who is signed in here, before anything else hears of it. */
  watch(watcher: () => void) {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  },
  snapshot: () => state,
  /** Read again: another tab may have refreshed in between. */
  reload: () => (state = read()),
  current,
  add({ user, token }: SignedIn) {
    write({ current: user.id, accounts: { ...state.accounts, [user.id]: { user, token, session: uuid() } } });
  },
  renew(id: string, token: Tokens) {
    const account = state.accounts[id];
    if (account) write({ ...state, accounts: { ...state.accounts, [id]: { ...account, token, expired: false } } });
  },
  update(id: string, user: Partial<User>) {
    const account = state.accounts[id];
    if (!account) return;
    const changed = { ...account, user: { ...account.user, ...user } };
    if (JSON.stringify(changed) === JSON.stringify(account)) return;
    write({ ...state, accounts: { ...state.accounts, [id]: changed } });
  },
  /** @returns whether it was this session: one that was begun meanwhile is not what the server refused */
  expire(id: string, session: string | undefined): boolean {
    // It may have been begun in another tab.
    state = read();
    const account = state.accounts[id];
    if (!account || account.session !== session) return false;
    write({ ...state, accounts: { ...state.accounts, [id]: { ...account, expired: true } } });
    return true;
  },
  choose(id: string) {
    if (state.accounts[id]) write({ ...state, current: id });
  },
  remove(id: string) {
    const { [id]: _gone, ...rest } = state.accounts;
    const next = Object.values(rest).find((account) => !account.expired)?.user.id;
    write({ accounts: rest, current: state.current === id ? next : state.current });
  },
};
