/** Sends long lists in pieces the server takes. */
import { ApiError, Code } from "@/api/error";

const LARGEST_BATCH = 1000;

export async function inBatches(uris: readonly string[], send: (uris: string[]) => Promise<unknown>): Promise<void> {
  const failed: Record<string, ApiError> = {};
  for (let at = 0; at < uris.length; at += LARGEST_BATCH) {
    const piece = uris.slice(at, at + LARGEST_BATCH);
    try {
      await send(piece);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== Code.partly) throw error;
      Object.assign(failed, error.failed);
    }
  }
  if (Object.keys(failed).length > 0) throw new ApiError(Code.partly, "", undefined, failed);
}
