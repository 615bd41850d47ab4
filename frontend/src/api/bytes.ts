/**
 * What the description of the API cannot express: how far a chunk has been sent; the stream of
 * events, which never ends; and links to content, which are no part of the API and may lead to
 * another host. What is sent to such a host is in `bucket.ts`.
 */
import { clientId } from "./client";
import { ApiError, asApiError, Code, errorOf, hasCode } from "./error";
import { BASE } from "./http";
import { reach } from "./reach";
import { freshToken } from "./token";
import { transmit } from "./transmit";

/** What a link of the server leads to. */
export async function fetchContent(url: string, init?: { signal?: AbortSignal; headers?: Record<string, string> }): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === 502) throw new ApiError(Code.contentAway, response.statusText);
  return response;
}

/** What happens in a folder, what others share with the account, and which of its tasks end; nothing for visitors. */
export async function openEvents(uri: string, signal: AbortSignal): Promise<Response | undefined> {
  const token = await freshToken();
  if (!token) return undefined;
  return await fetch(`${BASE}/file/events?uri=${encodeURIComponent(uri)}&received=true&tasks=true`, {
    headers: { Authorization: `Bearer ${token}`, "X-Cr-Client-Id": clientId, Accept: "text/event-stream" },
    signal,
  });
}

/** @throws {ApiError} */
export async function sendChunk(session: string, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const token = await freshToken().catch((error: unknown) => {
    reach.suspect();
    throw asApiError(error);
  });
  const headers = { "Content-Type": "application/octet-stream", "X-Cr-Client-Id": clientId, ...(token && { Authorization: `Bearer ${token}` }) };
  const url = `${BASE}/file/upload/${session}/${index}`;
  const { status, text } = await transmit({ method: "POST", url, headers, body: chunk, progress, signal }).catch(brokenOff);
  const envelope = envelopeIn(text);
  if (envelope?.code === 0) return;
  throw typeof envelope?.code === "number" ? errorOf(envelope) : withoutEnvelope(status);
}

/** A server that refuses what is long does not wait for its end: it is there all the same. */
async function brokenOff(error: unknown): Promise<never> {
  if (!hasCode(error, Code.network)) throw error;
  if (await reach.answers()) throw new ApiError(Code.brokenOff, asApiError(error).message);
  reach.suspect();
  throw error;
}

function envelopeIn(text: string): { code?: number; msg?: string } | null {
  try {
    return JSON.parse(text) as { code?: number; msg?: string } | null;
  } catch {
    return null;
  }
}

/** Something between here and the server answered. It may be away, or refuse what we send. */
function withoutEnvelope(status: number): ApiError {
  const passes = status >= 500 || status === 408 || status === 429;
  if (passes) reach.suspect();
  return new ApiError(passes ? Code.network : Code.absent, String(status));
}
