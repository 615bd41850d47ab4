/** What the server found wrong with settings, one by one. */
import type { Setting } from "../data/settings";

/** Its words, a line each: `key: what would make sense`. */
export function faultsIn(said: string, all: Pick<Setting, "key">[]): Record<string, string> {
  const known = new Set(all.map(({ key }) => key));
  const faults: Record<string, string> = {};
  for (const line of said.split("\n")) {
    const colon = line.indexOf(": ");
    const key = line.slice(0, colon);
    if (colon > 0 && known.has(key)) faults[key] = line.slice(colon + 2);
  }
  return faults;
}

/** Whether it is a number that this setting cannot be: less than its least, or none at all. Nothing is put right in silence. */
export const isNoSuchNumber = ({ kind, least }: Pick<Setting, "kind" | "least">, value: string) =>
  kind === "number" && value.trim() !== "" && !(Number(value) >= (least ?? Number.NEGATIVE_INFINITY));

/** Those of the changed settings that somebody else has set since they were read, and to what. */
export const takenBy = (changed: string[], before: Record<string, string>, now: Record<string, string>) =>
  changed.filter((key) => (before[key] ?? "") !== (now[key] ?? "")).map((key): [string, string] => [key, now[key] ?? ""]);
