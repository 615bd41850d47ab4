import type { FileItem } from "@/api/wire";
import { shown } from "@/shared/files/store";

/** The files around it in the list it was opened from, in the order they stand there. */
export function siblingsOf(file: FileItem): FileItem[] {
  const files = shown.files.filter((each) => each.type === 0);
  return files.some((each) => each.path === file.path) ? files : [file];
}
