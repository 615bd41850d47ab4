import { queryOptions } from "@tanstack/react-query";
import { fetchContent } from "@/api/bytes";
import { keys } from "@/api/keys";
import type { FileItem } from "@/api/wire";

/** What the camera wrote into the picture; only the head of the file is read. */
export const exifQuery = (file: FileItem, url: string | undefined) =>
  queryOptions({
    queryKey: keys.exif(file),
    enabled: !!url,
    retry: false,
    queryFn: async () => {
      const [{ default: reader }, response] = await Promise.all([import("exifreader"), fetchContent(url ?? "", { headers: { Range: "bytes=0-262143" } })]);
      try {
        return reader.load(await response.arrayBuffer()) as Record<string, { description?: string } | undefined>;
      } catch {
        return {};
      }
    },
  });
