/** How far the parts of a task are, in words. */
import i18next from "i18next";
import { nameOf } from "@/api/uri";
import type { TaskPart } from "@/api/wire";
import { formatBytes, formatNumber } from "@/ui/format";
import { shownName } from "@/ui/names";

/** What counts bytes; the rest counts files. */
const IN_BYTES = /_size$|_read$|^upload$|^upload_single_|^download$/;

export const countsBytes = (key: string) => IN_BYTES.test(key);

/** Neither how much there is nor that any of it is done: there is nothing to tell. */
const saysNothing = ({ total, current }: TaskPart) => total <= 0 && current <= 0;

/** Those of which there is something to tell; all of them, while that is none. */
export function partsThatSay(parts: Record<string, TaskPart>): [string, TaskPart][] {
  const all = Object.entries(parts);
  const saying = all.filter(([, part]) => !saysNothing(part));
  return saying.length > 0 ? saying : all;
}

/** What a part is called: a file that is stored, by its own name. */
export const nameOfPart = (key: string, { identifier }: TaskPart): string =>
  key.startsWith("upload_single_") ? lastName(identifier) : i18next.t(`tasks.parts.${key}`, { defaultValue: key });

/** How much of how much; nothing where neither is known. */
export function amountOf(key: string, part: TaskPart): string | undefined {
  const { total, current } = part;
  if (saysNothing(part)) return undefined;
  const bytes = countsBytes(key);
  const amount = bytes ? formatBytes : formatNumber;
  if (total > 0) return i18next.t(bytes ? "tasks.of" : "tasks.filesOf", { done: amount(current), all: amount(total), count: total });
  return bytes ? amount(current) : i18next.t("files.countFiles", { count: current });
}

function lastName(uri: string): string {
  try {
    return shownName(nameOf(uri));
  } catch {
    return shownName(uri);
  }
}
