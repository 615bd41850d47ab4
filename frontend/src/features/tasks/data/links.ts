/** What people write as links, line by line. */

const LINK = /^(https?|ftps?|sftp):\/\/[^\s/]|^magnet:\?/i;
const MAGNET = /^magnet:\?/i;
/** As every program reads it: of the first version 40 hexadecimal digits or 32 of base32, of the second a SHA-256. */
const TORRENT = /^urn:(btih:([0-9a-f]{40}|[a-z2-7]{32})|btmh:1220[0-9a-f]{64})$/i;

/** One that comes twice is fetched once. */
export const linesOf = (text: string) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];

export interface Wrong {
  /** What is no link at all. */
  links: string[];
  /** Magnet links that name no torrent. */
  magnets: string[];
}

/** What cannot be fetched, whoever fetches it. */
export function wrongOf(lines: readonly string[]): Wrong {
  return {
    links: lines.filter((line) => !LINK.test(line)),
    magnets: lines.filter((line) => MAGNET.test(line) && !namesTorrent(line)),
  };
}

const decoded = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Whether a magnet link says by its hash which torrent it means. `xt.1` is another `xt`. */
export function namesTorrent(magnet: string): boolean {
  const [query = ""] = magnet.replace(MAGNET, "").split("#");
  return query.split("&").some((pair) => {
    const at = pair.indexOf("=");
    const [kind] = decoded(pair.slice(0, Math.max(0, at))).toLowerCase().split(".");
    return kind === "xt" && TORRENT.test(decoded(pair.slice(at + 1)));
  });
}
