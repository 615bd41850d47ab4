/**
 * Buckets of S3 and their like, to which bytes go without passing our server. Each address is signed
 * already, so neither tokens nor cookies are sent along; what goes wrong is told in XML.
 */
import { ApiError, asApiError, Code, hasCode, openEnvelope } from "./error";
import { connect, textOf } from "./http";
import { reach } from "./reach";
import { transmit } from "./transmit";

const BYTES = "application/octet-stream";
/** Told of an upload, or of parts, that the bucket does not have any longer. */
const FORGOTTEN = ["NoSuchUpload", "InvalidPart"];
/** May come with any status, also with success. */
const PASSING = ["InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown"];

const http = connect();

/** What a vendor wants to hear when parts are joined. */
export interface Joining {
  headers?: Record<string, string>;
  /** It joins what it has, and nobody has to remember what that is called. */
  takesAll?: boolean;
}

/** Sends one part. Answers its ETag, as the bucket wrote it. @throws {ApiError} */
export async function putPart(url: string, part: Blob, progress: (bytes: number) => void, signal: AbortSignal, { takesAll }: Joining = {}): Promise<string> {
  const sent = transmit({ method: "PUT", url, headers: { "Content-Type": BYTES }, body: part, progress, signal });
  const { status, text, header } = await sent.catch((error: unknown) => unheard(error, url));
  if (status !== 200) throw refusal(status, text);
  if (takesAll) return "";
  const tag = header("ETag");
  if (!tag) throw new ApiError(Code.bucketHidesTags, new URL(url).host);
  return tag;
}

/** Makes one of all parts, by their ETags in order. @throws {ApiError} */
export async function joinParts(url: string, tags: readonly string[], signal: AbortSignal, { headers, takesAll }: Joining = {}): Promise<void> {
  const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
  const body = takesAll ? undefined : `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
  const { status, text } = await ask(url, { method: "POST", headers: { "content-type": BYTES, ...headers }, body, credentials: "omit", signal });
  // It begins to answer before it knows how this ends.
  if (status !== 200 || /<Error[\s>]/.test(text)) throw refusal(status, text);
}

/** @throws {ApiError} if no answer came */
export async function ask(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return await unheard(error, url);
  }
}

/**
 * Tells our server that an upload is whole, which it then asks the bucket. Not signed: it is the
 * secret that counts, and a wrong one would look like a session of the account that has ended.
 * @throws {ApiError}
 */
export async function tellWhole(kind: string, session: string, secret: string, signal: AbortSignal): Promise<void> {
  try {
    const path = { kind, session, key: secret };
    const answer = await http.GET("/callback/{kind}/{session}/{key}", { params: { path }, parseAs: "text", cache: "no-store", signal });
    openEnvelope(textOf(answer), answer.response);
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(asApiError(error), Code.network)) reach.suspect();
    throw asApiError(error);
  }
}

const OWN_COMPUTER = /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[::1\])$/;
/** An answer that takes longer is none. */
const PATIENCE_MS = 10_000;

/**
 * No answer came. A browser does not say whether the network is gone, the bucket is, its CORS rules are
 * missing, or the browser itself lets us not ask it. If our own server answers the network is there; and
 * what no rule is asked for tells the others apart.
 */
export async function unheard(error: unknown, url: string): Promise<never> {
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  const known = asApiError(error);
  if (known.code !== Code.network) throw known;
  const { host, origin } = new URL(url);
  if (await reach.answers()) throw new ApiError((await isThere(origin)) ? Code.bucketClosed : isBlocked(url) ? Code.bucketInsecure : Code.bucketAway, host);
  reach.suspect();
  throw known;
}

/** Whether anybody answers there; what, nobody is told. */
async function isThere(origin: string): Promise<boolean> {
  try {
    await fetch(`${origin}/`, { mode: "no-cors", credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Whether a browser keeps this page from it: one that came by https, from http elsewhere than on this computer. */
function isBlocked(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return globalThis.location?.protocol === "https:" && protocol === "http:" && !OWN_COMPUTER.test(hostname);
}

function refusal(status: number, xml: string): ApiError {
  const code = textIn(xml, "Code");
  const words = [code, textIn(xml, "Message")].filter(Boolean).join(": ") || `HTTP ${status}`;
  const forgot = FORGOTTEN.includes(code) || (status === 403 && /expired/i.test(words));
  if (forgot) return new ApiError(Code.bucketForgot, words);
  const passes = status >= 500 || status === 408 || status === 429 || PASSING.includes(code);
  return new ApiError(passes ? Code.bucketBusy : Code.bucketRefused, words);
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const escaped = (text: string) => Object.entries(ENTITIES).reduce((all, [name, character]) => all.replaceAll(character, `&${name};`), text);
const unescaped = (text: string) => text.replace(/&(?:#(\d+)|(\w+));/g, (all, number, name) => (number ? String.fromCharCode(number) : (ENTITIES[name] ?? all)));

/** What stands in the first element of this name. */
function textIn(xml: string, name: string): string {
  return unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? "");
}
