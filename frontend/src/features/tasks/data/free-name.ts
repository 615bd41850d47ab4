/** A name that nothing in a folder has yet. */
import { queryOptions } from "@tanstack/react-query";
import { ApiError, Code } from "@/api/error";
import { keys } from "@/api/keys";
import { childUri } from "@/api/uri";
import { readInfo } from "@/shared/data/info";

/** So many are tried; after that whoever asks chooses. */
const TRIES = 10;

/** `stem`, or else `stem (1)` and so on, whichever `extension` is free for. */
export const freeNameQuery = (folder: string, stem: string, extension: string) =>
  queryOptions({
    queryKey: keys.freeName(folder, `${stem}.${extension}`),
    enabled: !!stem,
    staleTime: 0,
    queryFn: async () => {
      for (let at = 0; at < TRIES; at += 1) {
        const tried = at === 0 ? stem : `${stem} (${at})`;
        if (await isFree(childUri(folder, `${tried}.${extension}`))) return tried;
      }
      return stem;
    },
  });

/** Whatever else is wrong with it is said by who makes it. */
const isFree = (uri: string) =>
  readInfo(uri).then(
    () => false,
    (error: unknown) => error instanceof ApiError && error.code === Code.parentMissing,
  );
