/** One file that something else waits for. */
import { accounts } from "@/api/accounts";
import { ApiError, Code } from "@/api/error";
import { childUri } from "@/api/uri";
import { holdsBytesOf } from "./data/same-bytes";
import { engine } from "./engine-here";
import { useUploadPanel, VISITOR } from "./panel-store";
import type { UploadItem } from "./types";

/**
 * Uploads a small file, unless what has its name there is the same; under a free name if it is something else.
 * @returns where it is, once it has arrived
 * @throws {ApiError} if it cannot be uploaded, and nothing is left of it then; `AbortError` once its upload is called off
 */
export async function uploadBeside(file: File, folder: string, signal: AbortSignal): Promise<string> {
  const uri = childUri(folder, file.name);
  if (await holdsBytesOf(uri, file, signal)) return uri;
  signal.throwIfAborted();
  // How far it is, is seen there.
  useUploadPanel.setState(({ open, folded }) => ({ open: true, folded: !open || folded }));
  const account = accounts.current()?.user.id ?? VISITOR;
  const [id = ""] = engine.add([{ file, folder, uri, name: file.name }], account, "keep");
  const callOff = () => void engine.cancel(id);
  signal.addEventListener("abort", callOff);
  try {
    return await arrived(id);
  } finally {
    signal.removeEventListener("abort", callOff);
  }
}

function arrived(id: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stop = engine.subscribe(() => {
      const item = engine.snapshot().find((each) => each.id === id);
      if (item?.state === "done") resolve(item.uri);
      else if (!item) reject(new DOMException("canceled", "AbortError"));
      else if (isHopeless(item)) {
        reject(item.error ?? new ApiError(Code.nameTaken, item.name));
        // Who waited for it says so, and tries again: here nothing is to be done about it.
        void engine.cancel(id);
      }
      // Whoever holds it there lets it go on there.
      else if (item.state === "paused") reject(new DOMException("paused", "AbortError"));
      else return;
      stop();
    });
  });
}

/** There is no end of names that are tried, but for this. */
const isHopeless = ({ state }: UploadItem) => state === "failed" || state === "conflict";
