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
  session?: Session;
  /** Chunks that are where they belong. */
  received: number[];
  /** What the storage wants to hear again of each of them, if it wants to. */
  tags?: Record<number, string>;
  /** The server may know more of it than we do: an answer was lost. */
  doubtful?: boolean;
  /** It does not go on now, and is tried again by itself. */
  waiting?: Waiting;
  /** Nothing had to be sent: the same file was there. */
  already?: boolean;
  /** What has the name, if it is taken. */
  taken?: Found;
  /** The name that it did not get, since something else has it. */
  instead?: string;
}

export interface Waiting {
  why: ApiError;
  /** When it is tried again, in Unix milliseconds. */
  until: number;
}

export interface Session {
  id: string;
  uri: string;
  chunkSize: number;
  expires: number;
  parallel: number;
  /** There if chunks go to the storage itself, not to our server. */
  direct?: Direct;
}

/** The way to a storage vendor. */
export interface Direct {
  /** Of the storage policy: how it is spoken to. */
  kind: string;
  /** One a chunk, or a single one that takes all of them. */
  urls: string[];
  completeUrl?: string;
  /** What proves to the storage that we may send, where addresses do not. */
  credential?: string;
  /** What the file will be said to be, where the storage is told. */
  mimeType?: string;
  /** Proves to our server that we may tell that all is there. */
  secret: string;
}

/** Brings the chunks of a session to where they belong; there is one for each kind of storage. */
export interface Carrier {
  /** Answers what has to be remembered of the chunk, if anything. */
  send(session: Session, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the storage answers: asked before a chunk is sent again. Not there where only the chunk finds out. @throws {ApiError} */
  ready?(session: Session, signal: AbortSignal): Promise<void>;
  /** Makes a file of them, by what was remembered of each in order. Not there where the last chunk does so. May be repeated. */
  finish?(session: Session, tags: readonly string[], signal: AbortSignal): Promise<void>;
}

/** What the server has under a name. */
export interface Found {
  isFile: boolean;
  size: number;
  /** Unix milliseconds. */
  lastModified: number;
  /** The session of an upload that has not brought anything yet. */
  unfinished?: string;
}

export interface Transport {
  /**
   * Opens a session, or goes on with the one that is open for the same file.
   * @throws {ApiError} with `nameTaken` when something of that name is there.
   */
  open(item: UploadItem, replace: boolean): Promise<Upload>;
  /** @throws {ApiError} where nobody can carry them */
  carrier(session: Session): Carrier;
  cancel(session: string, uri: string): Promise<void>;
  look(uri: string): Promise<Found>;
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
  /** Before the first, second… repetition of what failed. */
  retryMs?: number[];
  /** What is under way when an upload is paused may go on for so long. */
  graceMs?: number;
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}
