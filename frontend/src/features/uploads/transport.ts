/** How uploads reach the server. */
import { BASE, call, clientId } from "@/api/client";
import { ApiError, Code, errorOf } from "@/api/error";
import { freshToken } from "@/api/token";
import type { Upload } from "@/api/wire";
import type { Transport } from "./types";

export const transport: Transport = {
  open: (item, replace, signal) =>
    call<Upload>("PUT", "/file/upload", {
      json: {
        uri: item.uri,
        size: item.size,
        last_modified: item.lastModified,
        mime_type: item.type || undefined,
        entity_type: replace ? "version" : undefined,
      },
      background: true,
      signal,
    }),

  async send(session, index, chunk, progress, signal) {
    const token = await freshToken();
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
        else reject(typeof envelope?.code === "number" ? errorOf(envelope) : new ApiError(Code.network, String(request.status)));
      };
      request.onerror = () => reject(new ApiError(Code.network, "network"));
      request.onabort = () => reject(new DOMException("aborted", "AbortError"));
      request.onloadend = () => signal.removeEventListener("abort", abort);
      request.send(chunk);
    });
  },

  cancel: (id, uri) => call("DELETE", "/file/upload", { json: { id, uri }, background: true }),
};
