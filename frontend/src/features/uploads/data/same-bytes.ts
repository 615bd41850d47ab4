/** Whether a file is in the drive already, told from its bytes. */
import { fetchContent } from "@/api/bytes";
import { isFolder } from "@/api/wire";
import { readInfo } from "@/shared/data/info";
import { linkTo } from "@/shared/data/links";
import { isPlaceholder } from "@/shared/files/kinds";

/** Reads both to their ends: only for what is small. Says no where it cannot find out. */
export async function holdsBytesOf(uri: string, file: File, signal: AbortSignal): Promise<boolean> {
  try {
    const there = await readInfo(uri);
    // Others are read by nobody to find that out.
    if (isFolder(there) || isPlaceholder(there) || there.size !== file.size) return false;
    const response = await fetchContent(await linkTo({ path: uri }), { signal });
    if (!response.ok) return false;
    const [theirs, ours] = await Promise.all([response.arrayBuffer(), file.arrayBuffer()]);
    return areSame(new Uint8Array(theirs), new Uint8Array(ours));
  } catch {
    // Nothing is there, or it cannot be read: whatever is wrong is said by who uploads.
    return false;
  }
}

const areSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);
