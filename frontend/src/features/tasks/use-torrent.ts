/** Which torrent is downloaded: one of the drive, or one of this computer, which becomes one of the drive once that begins. */
import { useState } from "react";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { withoutQuery } from "@/api/uri";
import { ports } from "@/shared/ports";
import { faultOf } from "./torrent-file";

/** Stands among those of the drive for the one of this computer. */
export const OWN = "own";

/** @param given one of the drive */
export function useTorrent(given: string | undefined) {
  const [chosen, setChosen] = useState<string | null>(given ?? null);
  const [own, setOwn] = useState<File>();
  const [fault, setFault] = useState<string>();
  const choose = (torrent: string | null) => {
    setFault(undefined);
    setChosen(torrent);
  };
  const chooseOwn = async (file: File) => {
    const wrong = await faultOf(file);
    setFault(wrong);
    if (wrong) return;
    setOwn(file);
    setChosen(OWN);
  };
  /** Where it is in the drive: one of this computer comes into the folder first. */
  const inDrive = async (folder: string, signal: AbortSignal): Promise<string | undefined> => {
    if (chosen !== OWN || !own) return chosen ?? undefined;
    const { uploadBeside } = await ports.uploads();
    const uri = await uploadBeside(own, withoutQuery(folder), signal);
    void queryClient.invalidateQueries({ queryKey: keys.torrents() });
    // Should the download be refused, it has come all the same.
    setOwn(undefined);
    setChosen(uri);
    return uri;
  };
  return { chosen, own, fault, choose, chooseOwn, inDrive };
}
