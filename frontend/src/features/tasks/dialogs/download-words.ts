/** What the question for a download says of how much was written into it. */
import i18next from "i18next";
import type { Wrong } from "../data/links";

/** So many of the lines that are no links are named, and so much of each. */
const [NAMED, NAMED_LONG] = [3, 60];

const shortened = (line: string) => (line.length > NAMED_LONG ? `${line.slice(0, NAMED_LONG)}…` : line);
const namedOf = (lines: string[]) => [...lines.slice(0, NAMED).map(shortened), ...(lines.length > NAMED ? ["…"] : [])].join(", ");

/** Of several how many there are: of one, or of none yet, nobody needs that. */
export const wordOfBegin = (count: number) => (count > 1 ? i18next.t("tasks.download.beginMany", { count }) : i18next.t("tasks.download.begin"));

/** A sentence for each kind of what cannot be fetched. */
export function wordsOfWrong({ links, magnets }: Wrong): string[] {
  const words = (one: string, many: string, lines: string[]) => (lines.length === 0 ? [] : [i18next.t(lines.length > 1 ? many : one, { count: lines.length, links: namedOf(lines) })]);
  return [...words("tasks.download.noLink", "tasks.download.noLinks", links), ...words("tasks.download.noTorrentLink", "tasks.download.noTorrentLinks", magnets)];
}
