/** Sends long lists in pieces the server takes, and says how far it got. */
import { ApiError, asApiError, Code } from "@/api/error";
import { configQuery } from "@/api/config";
import { queryClient } from "@/api/query-client";
import { showProgress } from "@/ui/progress";

/** More at once would show no progress. */
const LARGEST_BATCH = 1000;

/** How many files one call may name. */
export function batchLimit(): number {
  const allowed = queryClient.getQueryData(configQuery("explorer").queryKey)?.max_batch_size;
  return Math.min(LARGEST_BATCH, allowed || LARGEST_BATCH);
}

export type Doing = "copying" | "moving" | "deleting" | "restoring" | "changing" | "packing";

/**
 * What the server refuses of a piece is gathered, and the rest goes on. A single piece that is
 * refused as a whole, a taken name or a lost sign-in end it at once.
 * @throws {ApiError} with what failed, by URI
 */
export async function inBatches(uris: readonly string[], send: (uris: string[]) => Promise<unknown>, doing: Doing = "changing"): Promise<void> {
  const limit = batchLimit();
  const failed: Record<string, ApiError> = {};
  const progress = uris.length > limit ? showProgress(doing, uris.length) : undefined;
  try {
    for (let at = 0; at < uris.length; at += limit) {
      const piece = uris.slice(at, at + limit);
      try {
        await send(piece);
      } catch (caught) {
        const error = asApiError(caught);
        if (error.code === Code.partly) Object.assign(failed, error.failed);
        else if (!progress || ENDS.includes(error.code)) throw caught;
        else {
          // Without a connection nothing of the rest will do better.
          const away = error.code === Code.network;
          for (const uri of away ? uris.slice(at) : piece) failed[uri] = error;
          if (away) break;
        }
      }
      progress?.at(Math.min(at + limit, uris.length));
    }
  } finally {
    progress?.end();
  }
  if (Object.keys(failed).length > 0) throw new ApiError(Code.partly, "", undefined, failed);
}

const ENDS: number[] = [Code.nameTaken, Code.loginRequired, Code.credentialInvalid];
