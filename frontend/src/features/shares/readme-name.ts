import type { FileItem } from "@/api/wire";

/** What a README is called, the better name first. */
export const NAMES = ["README.md", "README.txt"];

type Named = Pick<FileItem, "name" | "type">;

/** As it is called in a folder with these files, in capitals or not; nothing if there is none. */
export function readmeIn(files: readonly Named[]): string | undefined {
  const all = files.filter((file) => file.type === 0).map((file) => file.name);
  return NAMES.flatMap((name) => (all.includes(name) ? name : all.filter((each) => each.toLowerCase() === name.toLowerCase())))[0];
}
