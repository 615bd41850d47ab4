/** The one engine of this page. */
import { reach } from "@/api/reach";
import { trail } from "@/api/uri";
import { refreshFolders } from "@/shared/data/changes";
import { UploadEngine } from "./engine";
import { browserKeeper } from "./keeper";
import { transport } from "./data/transport";

export const engine = new UploadEngine(transport, browserKeeper);

/** Folders are read again shortly after files arrive, not for each of a thousand. */
const REFRESH_MS = 600;
const changed = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

engine.onChanged((item) => {
  // A folder that came with it shows in the one above.
  for (const { uri } of trail(item.folder)) changed.add(uri);
  timer ??= setTimeout(() => {
    timer = undefined;
    refreshFolders(...changed);
    changed.clear();
  }, REFRESH_MS);
});

reach.onReturn(engine.wake);
window.addEventListener("beforeunload", (event) => {
  if (engine.snapshot().some((item) => item.state === "running")) event.preventDefault();
});
