/** How uploads reach the server. */
import { BASE, call, clientId } from "@/api/client";
import { ApiError, asApiError, Code, errorOf } from "@/api/error";
import { reach } from "@/api/reach";
import { freshToken } from "@/api/token";
import type { FileItem, Upload } from "@/api/wire";
import { isFolder } from "@/api/wire";
import { isPlaceholder } from "@/shared/files/kinds";
import type { Transport } from "./types";

/** What breaks off is sent again from the start of its chunk, so chunks are small. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Of large files they are larger: each has its cost. */
const MOST_CHUNKS = 250;

export const transport: Transport = {
  open: (item, replace) =>
    call<Upload>("PUT", "/file/upload", {
      json: {
        uri: item.uri,
        size: item.size,
        last_modified: item.lastModified,
        mime_type: item.type || undefined,
        entity_type: replace ? "version" : undefined,
        resume: true,
        max_chunk_size: Math.max(CHUNK_BYTES, Math.ceil(item.size / MOST_CHUNKS)),
      },
      background: true,
    }),

  async send(session, index, chunk, progress, signal) {
    const token = await freshToken().catch((error: unknown) => {
      reach.suspect();
      throw asApiError(error);
    });
    // Only this old interface tells how much of a body has been sent.
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
  },

  cancel: (id, uri) => call("DELETE", "/file/upload", { json: { id, uri }, background: true }),

  async look(uri) {
    const file = await call<FileItem>("GET", "/file/info", { query: { uri }, background: true });
    return {
      isFile: !isFolder(file),
      size: file.size,
      lastModified: Date.parse(file.updated_at),
      unfinished: isPlaceholder(file) ? file.metadata?.["sys:upload_session_id"] : undefined,
    };
  },
};

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
