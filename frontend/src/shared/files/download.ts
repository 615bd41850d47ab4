/** Getting files onto the computer. */
import { accounts } from "@/api/accounts";
import { hasBit, May } from "@/api/bits";
import { configQuery } from "@/api/config";
import { ApiError, Code, hasCode } from "@/api/error";
import { type FileItem, isFolder } from "@/api/wire";
import { queryClient } from "@/api/query-client";
import { inBatches } from "../data/batch";
import { linksToArchive, linkTo } from "../data/links";
import { tellFailure } from "./failure";
import { saveUrl } from "./save-url";

/** Browsers drop downloads that start in the same moment. */
const BETWEEN_MS = 300;
let lastSaved = 0;

async function saveInTurn(url: string) {
  const wait = lastSaved + BETWEEN_MS - Date.now();
  if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
  lastSaved = Date.now();
  saveUrl(url);
}

/** The server refuses to pack this: nobody of the group may, or it is too much for one archive. */
const UNPACKED: number[] = [Code.groupNotAllowed, Code.tooLarge, Code.tooManyFiles];

/** One file as it is; several, or a folder, as a zip the server packs on the way, or else one by one. */
export async function download(items: readonly FileItem[], entity?: string): Promise<void> {
  const first = items[0];
  if (!first) return;
  try {
    if (items.length === 1 && !isFolder(first)) {
      saveUrl(await linkTo(first, { download: true, entity }));
      return;
    }
    if (mayZip() && (await packed(items))) return;
    const { oneByOne } = await import("./one-by-one");
    const failed = await oneByOne(items);
    if (Object.keys(failed).length > 0) throw new ApiError(Code.partly, "", undefined, failed);
  } catch (error) {
    tellFailure(error);
  }
}

/** Whether the server took it. */
async function packed(items: readonly FileItem[]): Promise<boolean> {
  let begun = false;
  try {
    // More than one call may name come as several archives.
    await inBatches(items.map((item) => item.path), async (uris) => {
      const urls = await linksToArchive(uris);
      begun = true;
      for (const url of urls) await saveInTurn(url);
    }, "packing");
    return true;
  } catch (error) {
    if (!begun && UNPACKED.some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

function mayZip(): boolean {
  const visitor = queryClient.getQueryData(configQuery("basic").queryKey)?.user;
  const user = accounts.current()?.user ?? (visitor?.anonymous ? visitor : undefined);
  return hasBit(user?.group?.permission, May.zip);
}
