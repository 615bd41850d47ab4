/** Why a task failed, in the words of whoever reads it. The server says it in English. */
import i18next from "i18next";
import type { Task } from "@/api/wire";
import { propsOf } from "./types";

/** What is recognized, by its text in “tasks.why”; the first that fits counts. Groups are filled in. */
const KNOWN: [RegExp, string][] = [
  [/40069\): the archive is encrypted/, "needsPassword"],
  [/incorrect password|40069/i, "wrongPassword"],
  [/url rejected: there is no host called (?<host>[^\s,:]+)|there is no host called (?<name>[^\s,:]+)/, "noHost"],
  [/url rejected/, "rejected"],
  [/the server answers (?<status>404|410)\b/, "notThere"],
  [/the server answers (?<status>401|403)\b/, "notForYou"],
  [/the server answers (?<status>\d+)/, "answers"],
  [/(?<program>aria2|qBittorrent) does not answer/i, "programAway"],
  [/(?<program>aria2|qBittorrent) refuses the token or password/i, "programDenies"],
  [/(?<program>aria2|qBittorrent) (refuses:|gives an answer)/i, "programRefuses"],
  [/downloader of this node is not configured|no available node/, "noDownloader"],
  [/this server itself fetches/, "noSuchLink"],
  [/not a torrent/, "badTorrent"],
  [/(something|folder or a shortcut has the name) of (that name already|the archive)|a shortcut has the name/, "taken"],
  [/not enough (space|room)|no room left/, "noSpace"],
  [/no archive of a kind/, "noArchive"],
  [/one of several volumes/, "volumes"],
  [/packed in a way that is not known/, "unsupported"],
  [/damaged or cut off/, "damaged"],
  [/has more than \d+ entries|than may be unpacked|more than \d+ (bytes|files) to pack|wants more memory|it took too long/, "tooMuch"],
  [/nothing could be packed/, "nothing"],
  [/larger than/, "tooLarge"],
  [/takes no files of such a name|may be called so|does not take such an archive/, "badName"],
  [/folder .*is (gone|not there any more)/, "folderGone"],
  [/has locked th/, "locked"],
  [/may not be put there|may not bring files|your group may not/, "notAllowed"],
  [/removed from its downloader|knows nothing of this download/, "removed"],
  [/error sending request|broke off|ended early|connection closed|timed out/i, "unreachable"],
];

/** What software says to software comes after this. */
const TECHNICAL = /[\s:,(]*error sending request.*$/s;

/** @returns what is shown, and what the server said if that is something else */
export function whyOf(error: string): { said: string; detail?: string } {
  for (const [pattern, word] of KNOWN) {
    const found = pattern.exec(error);
    if (!found) continue;
    const { host, name, ...groups } = found.groups ?? {};
    return { said: i18next.t(`tasks.why.${word}`, { ...groups, host: host ?? name }), detail: error };
  }
  const said = error.replace(TECHNICAL, "");
  return said && said !== error ? { said, detail: error } : { said: error };
}

/** What is extracted once its password is known; nothing if that is not what it failed for. */
export function lockedArchive(task: Task): { src: string; dst: string } | undefined {
  const { src, dst } = propsOf(task);
  if (task.type !== "extract_archive" || task.status !== "error" || !src || !dst || !/password|40069/i.test(task.error ?? "")) return undefined;
  return { src, dst };
}
