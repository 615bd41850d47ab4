/** Getting files onto the computer. */
import { accounts } from "@/api/accounts";
import { hasBit, May } from "@/api/bits";
import { call } from "@/api/client";
import { type FileItem, isFolder } from "@/api/wire";
import { inBatches } from "../data/batch";
import { tellFailure } from "./failure";

/** A link that lasts an hour or so. */
export async function linkTo(file: { path: string }, options: { download?: boolean; entity?: string } = {}): Promise<string> {
  const json = { uris: [file.path], ...options };
  const { urls } = await call<{ urls: ({ url: string } | null)[] }>("POST", "/file/url", { json });
  return urls[0]?.url ?? "";
}

export function saveUrl(url: string) {
  const anchor = Object.assign(document.createElement("a"), { href: url, download: "", rel: "noopener" });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

/** Browsers drop downloads that start in the same moment. */
const BETWEEN_MS = 300;
let lastSaved = 0;

async function saveInTurn(url: string) {
  const wait = lastSaved + BETWEEN_MS - Date.now();
  if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
  lastSaved = Date.now();
  saveUrl(url);
}

/** One file as it is; several, or a folder, as a zip the server packs on the way. */
export async function download(items: readonly FileItem[], entity?: string): Promise<void> {
  const first = items[0];
  if (!first) return;
  try {
    if (items.length === 1 && !isFolder(first)) {
      saveUrl(await linkTo(first, { download: true, entity }));
      return;
    }
    const mayZip = hasBit(accounts.current()?.user.group?.permission, May.zip);
    const archive = mayZip || items.some(isFolder);
    // More than one call may name come as several archives.
    await inBatches(items.map((item) => item.path), async (uris) => {
      const json = archive ? { uris, archive } : { uris, download: true };
      const { urls } = await call<{ urls: { url: string }[] }>("POST", "/file/url", { json });
      for (const each of urls) await saveInTurn(each.url);
    }, "packing");
  } catch (error) {
    tellFailure(error);
  }
}
