/** Opens the session of an upload: under a free name if need be, and not for what is there already. */
import { ApiError, Code } from "@/api/error";
import type { Upload } from "@/api/wire";
import { renamed } from "./items";
import type { Direct, Found, Session, Transport, UploadItem } from "./types";

/** More copies of one name than anybody has. */
const MOST_COPIES = 200;
/** How many chunks of one file go at once unless the storage says otherwise. */
const DEFAULT_PARALLEL = 3;

export type Opened = { name: string; uri: string } & ({ session: Session; received: number[] } | { already: true });

/** The name is taken, by this. */
export class Taken extends ApiError {
  constructor(
    readonly by: Found | undefined,
    error: ApiError,
  ) {
    super(error.innermost.code, error.innermost.message, error.innermost.data);
  }
}

interface Opening {
  transport: Transport;
  /** As it stands: answers may come while we ask. */
  item: () => UploadItem | undefined;
  /** Tries again while the server is away. */
  attempt: <T>(work: () => Promise<T>) => Promise<T>;
}

/** @throws {Taken} when somebody has to say what is to become of it */
export async function openSession({ transport, item: current, attempt }: Opening): Promise<Opened> {
  for (let copy = 0; ; copy += 1) {
    const item = current();
    if (!item) throw new DOMException("canceled", "AbortError");
    const named = copy === 0 ? item : { ...item, ...renamed(item, copy) };
    const { name, uri } = named;
    const look = () => attempt(() => transport.look(uri)).catch(() => undefined);
    // What arrived without our hearing of it would become a second version.
    if (item.doubtful && item.onConflict === "replace" && isSame(await look(), item)) return { name, uri, already: true };
    try {
      const upload = await attempt(() => openOver(transport, named, look));
      return { name, uri, ...begin(upload) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.innermost.code !== Code.nameTaken) throw error;
      const how = current()?.onConflict;
      const found = how === "ask" || item.doubtful ? await look() : undefined;
      if (isSame(found, item)) return { name, uri, already: true };
      if (how !== "keep" || copy > MOST_COPIES) throw new Taken(found, error);
    }
  }
}

/** Who replaces what never came to anything ends the upload that stands there. */
async function openOver(transport: Transport, item: UploadItem, look: () => Promise<Found | undefined>): Promise<Upload> {
  const replace = item.onConflict === "replace";
  try {
    return await transport.open(item, replace);
  } catch (error) {
    const locked = error instanceof ApiError && error.innermost.code === Code.locked;
    const found = replace && locked ? await look() : undefined;
    if (!found?.unfinished) throw error;
    await transport.cancel(found.unfinished, item.uri);
    return await transport.open(item, replace);
  }
}

const isSame = (found: Found | undefined, item: UploadItem): boolean =>
  !!found?.isFile && !found.unfinished && item.lastModified > 0 && found.size === item.size && found.lastModified === item.lastModified;

function begin(upload: Upload): { session: Session; received: number[] } {
  const parallel = upload.storage_policy.chunk_concurrency || DEFAULT_PARALLEL;
  const direct = directOf(upload);
  const session = { id: upload.session_id, uri: upload.uri, chunkSize: upload.chunk_size, expires: upload.expires, parallel, direct };
  // Of what a vendor has nobody remembered the tags: it is sent again.
  return { session, received: direct ? [] : (upload.received ?? []) };
}

function directOf({ upload_urls: urls, completeURL, credential, mime_type, callback_secret, storage_policy }: Upload): Direct | undefined {
  if (!urls || urls.length === 0 || storage_policy.relay) return undefined;
  return { kind: storage_policy.type, urls, completeUrl: completeURL, credential, mimeType: mime_type, secret: callback_secret };
}
