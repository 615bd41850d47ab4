/** The one way to the server: adds the token, opens the envelope, asks about locks. */
import createClient, { type Middleware } from "openapi-fetch";
import { accounts } from "./accounts";
import { ApiError, asApiError, Code, openEnvelope } from "./error";
import type { paths } from "./schema.gen";
import { uuid } from "@/ui/random";
import { reach } from "./reach";
import { freshToken } from "./token";
import type { LockConflict } from "./wire";

export const BASE = "/api/v4";

/** Lets the server leave out what this tab did itself when it tells of changes. */
export const clientId = uuid();

export const api = createClient<paths>({ baseUrl: BASE });

const sign: Middleware = {
  async onRequest({ request }) {
    const token = await freshToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    request.headers.set("X-Cr-Client-Id", clientId);
    return request;
  },
};
api.use(sign);

interface Hooks {
  /** The current account's tokens are refused. */
  onSignedOut: () => void;
  /** Somebody holds a lock; resolves to whether to try again. */
  onLocked: (conflicts: LockConflict[]) => Promise<boolean>;
}

const hooks: Hooks = { onSignedOut: () => {}, onLocked: () => Promise.resolve(false) };

export function hook(given: Partial<Hooks>) {
  Object.assign(hooks, given);
}

interface Options {
  /** Nobody is there to answer a question about locks. */
  background?: boolean;
}

/** Success or failure; the code tells them apart. */
type Envelope = { code: number; data?: unknown };
type Answer<E> = { data?: E; error?: unknown; response: Response };
/** What success carries. */
type DataOf<E> = E extends { code: 0; data: infer T } ? T : never;

/**
 * Makes a call and opens its envelope.
 * @throws {ApiError}
 */
export async function open<E extends Envelope>(make: () => Promise<Answer<E>>, options: Options = {}): Promise<DataOf<E>> {
  const attempt = async () => {
    const { data, error, response } = await make();
    if (data?.code === 0) return data.data as DataOf<E>;
    const body = data ?? error;
    const text = typeof body === "string" ? body : JSON.stringify(body ?? null);
    return await openEnvelope<DataOf<E>>(new Response(text, { status: response.status === 204 ? 200 : response.status }));
  };
  return await guarded(attempt, options);
}

type Query = Record<string, string | number | boolean | undefined>;

interface Request extends Options {
  query?: Query;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A call the description of the API does not name. @throws {ApiError} */
export async function call<T>(method: string, path: string, request: Request = {}): Promise<T> {
  const attempt = async () => {
    const token = await freshToken();
    const headers = new Headers({ ...request.headers, "X-Cr-Client-Id": clientId });
    if (token) headers.set("Authorization", `Bearer ${token}`);
    if (request.json !== undefined) headers.set("Content-Type", "application/json");
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const url = BASE + path + queryText(request.query);
    return await openEnvelope<T>(await fetch(url, { method, headers, body, signal: request.signal }));
  };
  return await guarded(attempt, request);
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text && `?${text}`;
}

async function guarded<T>(attempt: () => Promise<T>, options: Options): Promise<T> {
  const asked = accounts.snapshot().current;
  try {
    return await attempt();
  } catch (caught) {
    if (caught instanceof DOMException && caught.name === "AbortError") throw caught;
    const error = asApiError(caught);
    if (error.code === Code.network) reach.suspect();
    if (error.code === Code.loginRequired || error.code === Code.credentialInvalid) {
      if (asked) accounts.expire(asked);
      // Meanwhile somebody else may have come in, whose session goes on.
      if (accounts.snapshot().current === asked) hooks.onSignedOut();
    }
    if (error.code === Code.locked && !options.background && Array.isArray(error.data))
      if (await hooks.onLocked(error.data as LockConflict[])) return await guarded(attempt, options);
    throw error;
  }
}

export { ApiError };
