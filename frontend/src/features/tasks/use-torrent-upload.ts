/** A torrent of this computer, which becomes one of the drive. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { withoutQuery } from "@/api/uri";
import { isTorrent } from "@/shared/files/archives";
import { errorText } from "@/shared/message";
import { ports } from "@/shared/ports";
import { formatBytes } from "@/ui/format";

/** The server reads no larger ones. */
const MOST_BYTES = 16 << 20;

/** @param came told where it is */
export function useTorrentUpload(folder: string, came: (uri: string) => void) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const upload = async (file: File) => {
    if (!isTorrent(file.name)) return setError(t("tasks.download.notTorrent"));
    if (file.size > MOST_BYTES) return setError(t("tasks.download.torrentTooLarge", { size: formatBytes(MOST_BYTES) }));
    setBusy(true);
    setError(undefined);
    try {
      const { uploadBeside } = await ports.uploads();
      came(await uploadBeside(file, withoutQuery(folder)));
      void queryClient.invalidateQueries({ queryKey: keys.torrents() });
    } catch (caught) {
      const calledOff = caught instanceof DOMException && caught.name === "AbortError";
      if (!calledOff) setError(errorText(caught));
    } finally {
      setBusy(false);
    }
  };
  return { upload, busy, error };
}
