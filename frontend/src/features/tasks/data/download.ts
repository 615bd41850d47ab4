/** Downloads of the server. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { searchUri } from "@/api/search";
import { MY_ROOT } from "@/api/uri";
import { listFolder } from "@/shared/data/folder";

type Body = Parameters<typeof api.post<"/workflow/download">>[1]["body"];

/** Fetches links, or what a torrent names, in the background; one task a link. */
export const fetchLinks = (body: Body) => api.post("/workflow/download", { body });

/** The torrents of the drive. */
export const torrentsQuery = queryOptions({
  queryKey: keys.torrents(),
  queryFn: async () => (await listFolder(searchUri(MY_ROOT, { words: ".torrent" }), undefined, {})).files.filter((file) => /\.torrent$/i.test(file.name)),
});
