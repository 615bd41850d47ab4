/** What the upload engine knows, and what it needs from outside. */
import type { ApiError } from "@/api/error";
import type { Upload } from "@/api/wire";

export type UploadState = "queued" | "running" | "paused" | "conflict" | "failed" | "lost" | "done";
export type OnConflict = "ask" | "keep" | "replace" | "skip";

export interface UploadItem {
  id: string;
  /** Whose upload it is; another account in the same browser leaves it alone. */
  account: string;
  name: string;
  /** Where it goes: the folder, and the full URI below it. */
  folder: string;
  uri: string;
  size: number;
  lastModified: number;
  type: string;
  state: UploadState;
  onConflict: OnConflict;
  /** Bytes the server has or is receiving. */
  sent: number;
  error?: ApiError;
  session?: { id: string; uri: string; chunkSize: number; expires: number; parallel: number };
  /** Chunks the server has acknowledged. */
  received: number[];
}

export interface Transport {
  /** @throws {ApiError} with `nameTaken` when something of that name is there. */
  open(item: UploadItem, replace: boolean, signal: AbortSignal): Promise<Upload>;
  send(session: string, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  cancel(session: string, uri: string): Promise<void>;
}

/** Remembers uploads over a reload. Files too large to keep are asked for again. */
export interface Keeper {
  save(item: UploadItem, file?: File): Promise<void>;
  forget(id: string): Promise<void>;
  load(): Promise<{ item: UploadItem; file?: File }[]>;
}

export interface Options {
  /** Files at once. */
  files?: number;
  /** Chunks at once over all files. */
  chunks?: number;
  /** Before the first, second… repetition of a chunk. */
  retryMs?: number[];
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}
