/**
 * What the description of the API cannot express, in one place: how far a chunk has been sent,
 * which only an old interface of browsers tells; the stream of events, which never ends; and links
 * to content, which are no part of the API and may lead to another host.
 */
import { clientId } from "./client";
import { ApiError, asApiError, Code, errorOf } from "./error";
import { BASE } from "./http";
import { reach } from "./reach";
import { freshToken } from "./token";

/** What a link of the server leads to. */
export const fetchContent = (url: string, init?: { signal?: AbortSignal; headers?: Record<string, string> }): Promise<Response> => fetch(url, init);

/** What happens in a folder, and what others share with the account; nothing for visitors. */
export async function openEvents(uri: string, signal: AbortSignal): Promise<Response | undefined> {
  const token = await freshToken();
  if (!token) return undefined;
  return await fetch(`${BASE}/file/events?uri=${encodeURIComponent(uri)}&received=true`, {
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
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.open("POST", `${BASE}/file/upload/${session}/${index}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Cr-Client-Id", clientId);
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      const envelope = request.response as { code?: number; msg?: string } | null;
      if (envelope?.code === 0) resolve();
      else reject(typeof envelope?.code === "number" ? errorOf(envelope) : withoutEnvelope(request.status));
    };
    request.onerror = () => void brokenOff(chunk).then(reject);
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.send(chunk);
  });
}

/** Something between here and the server answered. It may be away, or refuse what we send. */
function withoutEnvelope(status: number): ApiError {
  const passes = status >= 500 || status === 408 || status === 429;
  if (passes) reach.suspect();
  return new ApiError(passes ? Code.network : Code.absent, String(status));
}

/** The browser tells a lost connection and a lost file by the same event. */
async function brokenOff(chunk: Blob): Promise<ApiError> {
  try {
    await chunk.slice(0, 1).arrayBuffer();
  } catch {
    return new ApiError(Code.fileGone, "the file cannot be read");
  }
  reach.suspect();
  return new ApiError(Code.network, "network");
}
