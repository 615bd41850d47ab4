/** What one feature begins and another goes on with. Features do not know each other: app joins them. */
import type { FileItem, Policy } from "@/api/wire";

/** Comes when the first upload begins. */
export interface Uploads {
  uploadFiles: (files: File[], target: string, policy?: Policy) => Promise<void>;
  uploadEntries: (entries: FileSystemEntry[], target: string, policy?: Policy) => Promise<void>;
  endUploads: (files: readonly FileItem[]) => Promise<void>;
  nameForPasted: (file: File) => File;
}

export interface Ports {
  uploads: () => Promise<Uploads>;
  /** Asks for whom, and makes the link. */
  shareFile: (file: FileItem) => void;
}

export let ports: Ports;

export function join(given: Ports) {
  ports = given;
}
