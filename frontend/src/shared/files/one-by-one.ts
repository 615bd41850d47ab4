/** Files one by one, where the server may not pack them: a few at a time, and never all at once. */
import { fetchContent } from "@/api/bytes";
import { asApiError, type ApiError } from "@/api/error";
import { type FileItem, isFolder } from "@/api/wire";
import { showProgress } from "@/ui/progress";
import { walkFolder } from "../data/folder";
import { isPlaceholder } from "./kinds";
import { claimName, type Folder, folderToSaveIn } from "./local-folder";
import { linkTo } from "../data/links";
import { saveUrl } from "./save-url";

/** Written side by side. */
const AT_ONCE = 3;
/** Up to so many files are handed to the browser like any other download. */
const FEW = 5;
/** Browsers drop downloads that begin in the same moment. */
const BETWEEN_MS = 400;

interface Found {
  file: FileItem;
  /** The folders it lies in, from the outermost that was chosen. */
  within: string[];
}

/** Answers what failed, by URI. */
export async function oneByOne(items: readonly FileItem[]): Promise<Record<string, ApiError>> {
  const many = items.length > FEW || items.some(isFolder);
  // Asked first, while the browser still knows that somebody pressed a button.
  const place = many ? await folderToSaveIn() : undefined;
  if (place === "refused") return {};
  const stop = new AbortController();
  const progress = showProgress("downloading", items.length, () => stop.abort());
  const failed: Record<string, ApiError> = {};
  let found = 0;
  let done = 0;
  const save = place ? (each: Found) => intoFolder(place, each, stop.signal) : inTurn;
  const queue = walk(items, stop.signal);
  const worker = async () => {
    for (let next = await queue.next(); !next.done && !stop.signal.aborted; next = await queue.next()) {
      const { file } = next.value;
      found += 1;
      progress.at(done, Math.max(found, items.length));
      try {
        await save(next.value);
      } catch (error) {
        if (!stop.signal.aborted) failed[file.path] = asApiError(error);
      }
      done += 1;
      progress.at(done, Math.max(found, items.length));
    }
  };
  try {
    await Promise.all(Array.from({ length: place ? AT_ONCE : 1 }, worker));
  } catch (error) {
    // A folder that cannot be read: there is nothing more to go on with.
    if (!stop.signal.aborted) throw error;
  } finally {
    progress.end();
  }
  return failed;
}

/** Whatever is to be fetched; folders are read as their turn comes. */
async function* walk(items: readonly FileItem[], signal: AbortSignal, within: string[] = []): AsyncGenerator<Found> {
  for (const file of items) {
    if (signal.aborted) return;
    if (isPlaceholder(file) || file.metadata?.["sys:shared_redirect"]) continue;
    if (!isFolder(file)) yield { file, within };
    else for await (const page of walkFolder(file.path, undefined, signal)) yield* walk(page, signal, [...within, file.name]);
  }
}

let last = 0;

async function inTurn({ file }: Found) {
  const wait = last + BETWEEN_MS - Date.now();
  if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
  const url = await linkTo(file, { download: true });
  last = Date.now();
  saveUrl(url);
}

async function intoFolder(place: Folder, { file, within }: Found, signal: AbortSignal) {
  let folder = place;
  for (const name of within) folder = await folder.getDirectoryHandle(name, { create: true });
  const response = await fetchContent(await linkTo(file, { download: true }), { signal });
  if (!response.ok || !response.body) throw new Error(`${response.status}`);
  const name = await claimName(folder, file.name);
  try {
    const handle = await folder.getFileHandle(name, { create: true });
    await response.body.pipeTo(await handle.createWritable(), { signal });
  } catch (error) {
    // A piece of a file would look like the whole.
    await folder.removeEntry(name).catch(() => {});
    throw error;
  }
}
