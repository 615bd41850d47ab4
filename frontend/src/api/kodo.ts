/**
 * Qiniu's Kodo, to which bytes go without passing our server: one address takes all parts of an upload and
 * joins them, whoever sends them shows a token, and everything is told in JSON.
 */
import { ask, unheard } from "./bucket";
import { ApiError, Code } from "./error";
import { transmit } from "./transmit";

/** Of an upload that is gone: its own status, with a sentence that tells it from other things that are missing. */
const FORGOTTEN = /no such uploadId|expired token|token out of date/i;
/** It was joined, and our server did not hear of it, or said no. */
const NOT_TOLD = 579;
const INVALID_PARTS = 701;

/** What an upload is known by. */
export interface Kodo {
  url: string;
  token: string;
  /** What the file will be said to be. */
  mimeType?: string;
}

const shown = ({ token }: Kodo) => ({ authorization: `UpToken ${token}` });

/** Sends one part, from 0. Answers what it is called. @throws {ApiError} */
export async function putPart(to: Kodo, index: number, part: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const url = `${to.url}/${index + 1}`;
  const headers = { "Content-Type": "application/octet-stream", ...shown(to) };
  const { status, text } = await transmit({ method: "PUT", url, headers, body: part, progress, signal }).catch((error: unknown) => unheard(error, url));
  const { etag } = objectIn(text);
  if (status === 200 && typeof etag === "string") return etag;
  throw refusal(status, text);
}

/** Makes a file of all parts, by what they are called in order. Whether our server knows is for it to say. @throws {ApiError} */
export async function joinParts(to: Kodo, tags: readonly string[], signal: AbortSignal): Promise<void> {
  const parts = tags.map((etag, index) => ({ etag, partNumber: index + 1 }));
  const body = JSON.stringify({ mimeType: to.mimeType, parts });
  const { status, text } = await ask(to.url, { method: "POST", headers: { "content-type": "application/json", ...shown(to) }, body, credentials: "omit", signal });
  if (status !== 200 && status !== NOT_TOLD) throw refusal(status, text);
}

function refusal(status: number, text: string): ApiError {
  const { error } = objectIn(text);
  const words = typeof error === "string" ? error : `HTTP ${status}`;
  if (FORGOTTEN.test(words) || status === INVALID_PARTS) return new ApiError(Code.bucketForgot, words);
  // Not JSON where it should be: somebody else answers, for the time being.
  const passes = status === 200 || status === 408 || status === 429 || (status >= 500 && status < 600);
  return new ApiError(passes ? Code.bucketBusy : Code.bucketRefused, words);
}

function objectIn(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
