/** Files as text. */
import { queryOptions } from "@tanstack/react-query";
import { fetchContent } from "@/api/bytes";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { asFile, type FileItem } from "@/api/wire";
import { infoQuery } from "@/shared/data/info";
import { linkTo } from "@/shared/data/links";

export const textQuery = (file: FileItem, version?: string) =>
  queryOptions({
    queryKey: keys.text(file, version),
    queryFn: async () => {
      if (file.size === 0 && !version) return "";
      const response = await fetchContent(await linkTo(file, { entity: version }));
      if (!response.ok) throw new Error(response.statusText);
      return new TextDecoder().decode(await response.arrayBuffer());
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

/** @param previous the version the text was made from: nothing newer is written over */
export async function saveText(uri: string, text: string, previous?: string): Promise<FileItem> {
  const view = await api.put("/file/content", { query: { uri, previous }, body: new Blob([text]) });
  // In a share of one's own the answer may name the place in the drive.
  const saved = { ...asFile(view), path: uri };
  // Something new can be shown at once; of what was known the answer tells less.
  queryClient.setQueryData(infoQuery(uri).queryKey, (known) => known ?? saved);
  return saved;
}
