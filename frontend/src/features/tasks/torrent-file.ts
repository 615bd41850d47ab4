/** A file of this computer, before it is taken for a torrent. */
import i18next from "i18next";
import { isTorrent } from "@/shared/files/archives";
import { formatBytes } from "@/ui/format";

/** The server reads no larger ones. */
const MOST_BYTES = 16 << 20;
/** Every torrent is a dictionary (BEP 3), which begins so. */
const BEGINS = "d";

/** What is wrong with it, in words; nothing if it looks like a torrent. */
export async function faultOf(file: File): Promise<string | undefined> {
  if (!isTorrent(file.name)) return i18next.t("tasks.download.notTorrent");
  if (file.size > MOST_BYTES) return i18next.t("tasks.download.torrentTooLarge", { size: formatBytes(MOST_BYTES) });
  const begins = await file.slice(0, BEGINS.length).text().catch(() => undefined);
  if (begins === undefined) return i18next.t("tasks.download.unreadable");
  return begins === BEGINS ? undefined : i18next.t("tasks.why.badTorrent");
}
