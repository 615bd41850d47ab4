/**
 * The one way to the server: adds the token, opens the envelope, asks about locks. Paths, what is
 * sent and what comes back are those of the generated description; what it cannot express is in
 * `bytes.ts`.
 */
import type { Middleware } from "openapi-fetch";
import { uuid } from "@/ui/random";
import { accounts } from "./accounts";
import { asApiError, Code, openEnvelope } from "./error";
import { connect, textOf } from "./http";
import { reach } from "./reach";
import type { paths } from "./schema.gen";
import { freshToken, isShutOut } from "./token";
import type { LockConflict } from "./wire";

/** Lets the server leave out what this tab did itself when it tells of changes. */
export const clientId = uuid();

const http = connect();
const sign: Middleware = {
  async onRequest({ request }) {
    const token = await freshToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    request.headers.set("X-Cr-Client-Id", clientId);
    return request;
  },
};
http.use(sign);

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

type Verb = "get" | "put" | "post" | "patch" | "delete";

/** The paths that have such an operation. */
type PathsOf<V extends Verb> = { [P in keyof paths]: paths[P] extends Record<V, { responses: unknown }> ? P : never }[keyof paths];

interface Options {
  /** Nobody is there to answer a question about locks. */
  background?: boolean;
  signal?: AbortSignal;
  /** Goes on when the page is left. */
  keepalive?: boolean;
}

/** Bytes are described as text. */
type Body<C> = C extends { "application/octet-stream": string } ? Blob : C[keyof C];
type WithBody<O> = O extends { requestBody: { content: infer C } } ? { body: Body<C> } : { body?: never };
type WithParams<O> = O extends { parameters: { query?: unknown; path?: unknown } } ? Pick<O["parameters"], "query" | "path"> : never;
type Request<O> = WithParams<O> & WithBody<O> & Options;
/** May be left out where nothing has to be said. */
type Given<O> = Record<never, never> extends Request<O> ? [request?: Request<O>] : [request: Request<O>];

type Reply<O> = O extends { responses: { 200: { content: infer C } } } ? C[keyof C] : never;
type DataIn<E> = E extends { code: 0 } ? ("data" extends keyof E ? E["data"] : void) : never;
/** What success carries. */
type Data<O> = DataIn<Reply<O>>;

/** @throws {ApiError} */
type Call<V extends Verb> = <P extends PathsOf<V>>(path: P, ...given: Given<paths[P][V]>) => Promise<Data<paths[P][V]>>;

export const api: { [V in Verb]: Call<V> } = { get: by("get"), put: by("put"), post: by("post"), patch: by("patch"), delete: by("delete") };

interface AnyRequest extends Options {
  query?: object;
  path?: object;
  body?: unknown;
}

function by<V extends Verb>(verb: V): Call<V> {
  // The types above hold callers to the description; in here every operation is like the next.
  const request = http.request as unknown as (verb: string, path: string, init: object) => Promise<{ data?: string; error?: unknown; response: Response }>;
  const call = async (path: string, { query, path: parts, body, signal, keepalive, background }: AnyRequest = {}) => {
    const bytes = body instanceof Blob && { bodySerializer: () => body, headers: { "Content-Type": body.type || "application/octet-stream" } };
    const init = { params: { query, path: parts }, body, signal, keepalive, parseAs: "text", ...bytes };
    const attempt = async () => {
      const answer = await request(verb, path, init);
      return openEnvelope<unknown>(textOf(answer), answer.response);
    };
    return await guarded(attempt, { background });
  };
  return call as Call<V>;
}

async function guarded<T>(attempt: () => Promise<T>, options: Options): Promise<T> {
  const before = accounts.snapshot();
  const asked = before.current;
  const session = asked && before.accounts[asked]?.session;
  try {
    return await attempt();
  } catch (caught) {
    if (caught instanceof DOMException && caught.name === "AbortError") throw caught;
    const error = asApiError(caught);
    if (error.code === Code.network) reach.suspect();
    const isRefused = error.code === Code.loginRequired || error.code === Code.credentialInvalid;
    if (isRefused || (asked && error.code === Code.database && (await isShutOut(asked)))) {
      // Meanwhile somebody else may have come in, or they themselves again: that session goes on.
      const isOver = !asked || accounts.expire(asked, session);
      if (isOver && accounts.snapshot().current === asked) hooks.onSignedOut();
    }
    if (error.code === Code.locked && !options.background && Array.isArray(error.data))
      if (await hooks.onLocked(error.data as LockConflict[])) return await guarded(attempt, options);
    throw error;
  }
}
