/** What one feature begins and another goes on with. Features do not know each other: app joins them. */
import type { FileItem, Policy } from "@/api/wire";

/** Comes when the first upload begins. */
export interface Uploads {
  uploadFiles: (files: File[], target: string, policy?: Policy) => Promise<void>;
  uploadEntries: (entries: FileSystemEntry[], target: string, policy?: Policy) => Promise<void>;
  endUploads: (files: readonly FileItem[]) => Promise<void>;
  /** Under a free name, unless the same is there. @returns where it is, once it has arrived */
  uploadBeside: (file: File, folder: string, signal: AbortSignal) => Promise<string>;
  nameForPasted: (file: File) => File;
}

/** Comes when the first task is begun. */
export interface Tasks {
  /** Asks for a name and how, and packs them. */
  compress: (files: readonly FileItem[]) => Promise<void>;
  extractHere: (files: readonly FileItem[]) => Promise<void>;
  /** Asks where to. @param mask paths in the only archive; without them all of it @param locked some of it takes a password */
  extractTo: (files: readonly FileItem[], mask?: string[], encoding?: string, locked?: boolean) => Promise<void>;
  /** Asks for its password, and where to. @param names they are encrypted as well */
  extractAgain: (uri: string, folder: string, how?: { names?: boolean; own?: boolean; mask?: string[]; encoding?: string; conflict?: "skip" | "rename" | "overwrite" }) => Promise<void>;
  /** Asks for links, unless a torrent names what is fetched. */
  fetchTo: (folder: string, torrent?: FileItem) => Promise<void>;
}

export interface Ports {
  uploads: () => Promise<Uploads>;
  tasks: () => Promise<Tasks>;
  /** Asks for whom, and makes the link. */
  shareFile: (file: FileItem) => void;
}

export let ports: Ports;

export function join(given: Ports) {
  ports = given;
}
