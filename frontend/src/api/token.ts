/** Keeps the current account's access token fresh; one refresh at a time over all tabs. */
import { type Account, accounts } from "./accounts";
import { ApiError, openEnvelope } from "./error";
import { connect, textOf } from "./http";
import type { Tokens } from "./wire";

/** Refreshed this long before it ends, so that no request meets the edge. */
const MARGIN_MS = 60_000;

function isFresh(account: Account, now: number): boolean {
  return Date.parse(account.token.access_expires) - now > MARGIN_MS;
}

const http = connect();
let running: Promise<string | undefined> | undefined;

/** The token to send, or nothing for a visitor. Network failures are thrown. */
export async function freshToken(): Promise<string | undefined> {
  const account = accounts.current();
  if (!account) return undefined;
  if (isFresh(account, Date.now())) return account.token.access_token;
  running ??= exclusively(() => refresh(account.user.id)).finally(() => (running = undefined));
  return await running;
}

/** Whether an account may not come in any more, asked of the server although its token is fresh: that of somebody who was banned is. */
export async function isShutOut(id: string): Promise<boolean> {
  const asked = accounts.snapshot().accounts[id]?.token.access_token;
  try {
    await exclusively(() => refresh(id, asked));
  } catch {
    return false;
  }
  return accounts.snapshot().accounts[id]?.expired === true;
}

async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request("alcove.refresh", work) : await work();
}

async function refresh(id: string, doubted?: string): Promise<string | undefined> {
  const account = accounts.reload().accounts[id];
  if (!account || account.expired) return undefined;
  if (isFresh(account, Date.now()) && account.token.access_token !== doubted) return account.token.access_token;
  const answer = await http.POST("/session/token/refresh", { body: { refresh_token: account.token.refresh_token }, parseAs: "text" });
  try {
    const token = openEnvelope<Tokens>(textOf(answer), answer.response);
    accounts.renew(id, token);
    return token.access_token;
  } catch (error) {
    // A refusal ends the session; a network failure does not.
    if (error instanceof ApiError && error.code > 0 && error.code < 50000) {
      // Whoever signed in anew meanwhile goes on with that.
      const now = accounts.reload().accounts[id];
      return accounts.expire(id, account.session) || now?.expired ? undefined : now?.token.access_token;
    }
    throw error;
  }
}
