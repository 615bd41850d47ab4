/**
 * Files that the server makes of what it knows: their answer is the file itself, and no envelope
 * unless something is wrong. Apart from `bytes.ts`: few people need it.
 */
import { clientId } from "./client";
import { ApiError, asApiError, Code, openEnvelope } from "./error";
import { connect } from "./http";
import { freshToken } from "./token";

type Post = (path: string, init: object) => Promise<{ data?: Blob; error?: unknown; response: Response }>;

/** Whatever it answers: these paths need not be described. */
const http = connect() as unknown as { POST: Post };

/** @throws {ApiError} */
export async function download(path: string, body: object): Promise<Blob> {
  try {
    const token = await freshToken();
    const headers = { "X-Cr-Client-Id": clientId, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const { data = new Blob(), error, response } = await http.POST(path, { body, headers, parseAs: "blob" });
    const isFile = response.ok && !response.headers.get("Content-Type")?.startsWith("application/json");
    if (isFile) return data;
    openEnvelope(response.ok ? await data.text() : typeof error === "string" ? error : JSON.stringify(error ?? null), response);
  } catch (caught) {
    throw asApiError(caught);
  }
  // Success, without what was asked for.
  throw new ApiError(Code.internal, "not a file");
}
