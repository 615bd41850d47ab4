import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { FileItem } from "@/api/wire";

/** What is in an archive. @param encoding of its names, where it says none */
export const archiveQuery = (file: FileItem, version: string | undefined, encoding: string | null) =>
  queryOptions({
    queryKey: keys.archive(file, version, encoding),
    queryFn: () => api.get("/file/archive", { query: { uri: file.path, entity: version, text_encoding: encoding ?? undefined } }),
    retry: false,
  });
