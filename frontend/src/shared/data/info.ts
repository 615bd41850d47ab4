/** What is known of one file or folder. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { nameOf } from "@/api/uri";
import { asFile, type FileItem } from "@/api/wire";

/** As it is now, for those who do something with it at once. */
export const readInfo = async (uri: string): Promise<FileItem> => asFile(await api.get("/file/info", { query: { uri }, background: true }));

/** The root of a drive is asked for by its id alone. */
const asked = (uri: string, id?: string) => (id && !nameOf(uri) ? { id } : { uri });

/** @param id for what may be a root */
export const infoQuery = (uri: string, id?: string) =>
  queryOptions({
    queryKey: keys.info(uri),
    queryFn: async () => asFile(await api.get("/file/info", { query: { ...asked(uri, id), extended: "true" } })),
    staleTime: 5_000,
  });

/** How much lies below a folder; walks the tree, so it is asked for only on demand. */
export const summaryQuery = (uri: string, id?: string) =>
  queryOptions({
    queryKey: keys.summary(uri),
    queryFn: async () => (await api.get("/file/info", { query: { ...asked(uri, id), folder_summary: "true" } })).folder_summary,
    staleTime: 60_000,
  });
