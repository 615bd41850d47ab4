/** One file that something else waits for. */
import { accounts } from "@/api/accounts";
import { childUri } from "@/api/uri";
import { engine } from "./engine-here";
import { useUploadPanel, VISITOR } from "./panel-store";

/**
 * Uploads a file, under a free name if its own is taken.
 * @returns where it is, once it has arrived
 * @throws {ApiError} if it cannot be uploaded; `AbortError` once its upload is called off
 */
export function uploadBeside(file: File, folder: string): Promise<string> {
  // What goes wrong is seen there as well, and can be tried again.
  useUploadPanel.setState(({ open, folded }) => ({ open: true, folded: !open || folded }));
  const account = accounts.current()?.user.id ?? VISITOR;
  const [id] = engine.add([{ file, folder, uri: childUri(folder, file.name), name: file.name }], account, "keep");
  return new Promise((resolve, reject) => {
    const stop = engine.subscribe(() => {
      const item = engine.snapshot().find((each) => each.id === id);
      if (item?.state === "done") resolve(item.uri);
      else if (!item) reject(new DOMException("canceled", "AbortError"));
      else if (item.state === "failed") reject(item.error);
      // Whoever holds it there lets it go on there.
      else if (item.state === "paused") reject(new DOMException("paused", "AbortError"));
      else return;
      stop();
    });
  });
}
