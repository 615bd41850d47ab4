/** Sends bytes and tells how far it is, which only an old interface of browsers does. */
import { ApiError, Code } from "./error";

interface Transmission {
  method: "POST" | "PUT";
  url: string;
  headers: Record<string, string>;
  body: Blob;
  /** How many bytes have gone. */
  progress: (bytes: number) => void;
  signal: AbortSignal;
}

interface Answer {
  status: number;
  text: string;
  /** Nothing, where it is not there or another host keeps it to itself. */
  header: (name: string) => string | null;
}

/** Answers whatever came, also a refusal. @throws {ApiError} `network`, `fileGone` */
export function transmit({ method, url, headers, body, progress, signal }: Transmission): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => resolve({ status: request.status, text: request.responseText, header: (name) => request.getResponseHeader(name) });
    request.onerror = () => void brokenOff(body).then(reject);
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.send(body);
  });
}

/** The browser tells a lost connection and a lost file by the same event. */
async function brokenOff(body: Blob): Promise<ApiError> {
  try {
    await body.slice(0, 1).arrayBuffer();
  } catch {
    return new ApiError(Code.fileGone, "the file cannot be read");
  }
  return new ApiError(Code.network, "network");
}
