/** Why a task failed, in the words of whoever reads it. The server says it in English. */
import i18next from "i18next";

/** What is recognized, by its text in “tasks.why”; the first that fits counts. Groups are filled in. */
const KNOWN: [RegExp, string][] = [
  // First, for a name follows, which may be like anything.
  [/^nothing could be unpacked/, "nothingUnpacked"],
  [/^nothing was unpacked: none of the chosen/, "noneOfChosen"],
  [/40069\): the archive is encrypted/, "needsPassword"],
  [/incorrect password|40069/i, "wrongPassword"],
  [/url rejected: there is no host called (?<host>[^\s,:]+)|there is no host called (?<name>[^\s,:]+)/, "noHost"],
  [/url rejected.*an administrator can allow it/s, "rejectedHere"],
  [/url rejected/, "rejected"],
  [/(the server answers |the server refuses.*status=)(?<status>404|410)\b/, "notThere"],
  [/(the server answers |the server refuses.*status=)(?<status>401|403)\b/, "notForYou"],
  [/(the server answers |the server refuses.*status=)(?<status>\d+)/, "answers"],
  [/(?<program>aria2|qBittorrent) does not answer/i, "programAway"],
  [/(?<program>aria2|qBittorrent) refuses the token or password/i, "programDenies"],
  [/(?<program>aria2|qBittorrent) (refuses:|gives an answer)/i, "programRefuses"],
  [/downloader of this node is not configured|no available node/, "noDownloader"],
  [/need aria2 or qBittorrent/, "needsProgram"],
  [/names no torrent/, "badMagnet"],
  [/this server itself fetches|links cannot be downloaded|is not a link$/, "noSuchLink"],
  [/not a torrent/, "badTorrent"],
  [/torrent file is (not there|too large)/, "noTorrent"],
  [/did not take it|does not say why|it cannot be fetched or written|files of it went missing|nothing came of it/, "gaveUp"],
  [/none of its files is chosen|at least one file has to stay/, "noneChosen"],
  [/sealed under a key|with this master key|password of a share in it/, "passwordLost"],
  [/group may not (make|unpack) archives|group may not download/, "mayNotAnyMore"],
  [/no such archive|archive was deleted meanwhile/, "archiveGone"],
  [/(something|folder or a shortcut has the name) of (that name already|the archive)|a shortcut has the name/, "taken"],
  [/not enough (space|room)|no (space|room) left|has no room for|there is room for/, "noSpace"],
  [/no archive of a kind/, "noArchive"],
  [/one of several volumes/, "volumes"],
  [/packed in a way that is not known/, "unsupported"],
  [/damaged or cut off|bytes of the archive are damaged/, "damaged"],
  [/has more than \d+ entries|than may be unpacked|more than \d+ (bytes|files) to pack|it has more than \d+ files|names of its files are longer|wants more memory|it took too long/, "tooMuch"],
  [/nothing could be packed/, "nothing"],
  [/larger than/, "tooLarge"],
  [/takes no files of such a name|may be called so|does not take such an archive/, "badName"],
  [/folder .*is (gone|not there any more)/, "folderGone"],
  [/has locked th/, "locked"],
  [/may not be put there|may not bring files|nothing may be brought|your group may not/, "notAllowed"],
  [/removed from its downloader|knows nothing of this download/, "removed"],
  // What aria2 gives a download up for (`aria2/failure.rs`).
  [/the server did not answer in time/, "noAnswer"],
  [/the server has no such file/, "noSuchFile"],
  [/it came more slowly than/, "tooSlow"],
  [/the server cannot be reached/, "unreachable"],
  [/(?<program>aria2) was stopped before/, "programStopped"],
  [/does not let it go on from there/, "noGoingOn"],
  [/it is another file than when it was begun/, "changed"],
  [/(?<program>aria2) fetches the same (file|torrent) already/, "sameAlready"],
  [/lies in the folder of the downloader already/, "inTheWay"],
  [/the downloader cannot (rename|read or write|make) its (file|folder)|cannot write to the folder for downloads/, "downloaderDisk"],
  [/there is no such host/, "noSuchHost"],
  [/no Metalink file/, "badMetalink"],
  [/the FTP server refuses/, "ftpRefuses"],
  [/the server refuses, or its answer makes no sense/, "refuses"],
  [/the server redirects too often/, "redirects"],
  [/the server wants a name and password/, "wantsLogin"],
  [/the torrent is damaged, or lacks something/, "damagedTorrent"],
  [/the magnet link cannot be read/, "unreadableMagnet"],
  [/(?<program>aria2) does not take an option/, "programOptions"],
  [/the server has too much to do/, "busy"],
  [/not what its checksum says/, "checksum"],
  [/cannot fetch it, and does not know why/, "gaveUp"],
  [/another server works on this download still/, "elsewhere"],
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
