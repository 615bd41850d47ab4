/** One share: what visitors see of it, what its owner does with it. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { childUri } from "@/api/uri";
import { FOLDER, type Share } from "@/api/wire";
import { infoQuery } from "@/shared/data/info";

/** A visit counts once for a page, not for every folder inside. */
const visited = new Set<string>();

export const shareQuery = (id: string, password: string) =>
  queryOptions({
    queryKey: keys.share(id, password),
    queryFn: () => {
      const first = !visited.has(id);
      visited.add(id);
      return api.get("/share/info/{id}", { path: { id }, query: { password: password || undefined, count_views: first ? "true" : undefined } });
    },
    retry: false,
    staleTime: 60_000,
  });

/** The owner is named in what the server answers; one's own files are asked for without. */
const mine = (uri: string) => uri.replace(/^cloudreve:\/\/[^/]*@my/, "cloudreve://my");

/** The owner's view of a share, and the file it stands for. */
export const shareSourceQuery = (share: Share) =>
  queryOptions({
    queryKey: keys.shareSource(share.id),
    queryFn: async () => {
      const full = await api.get("/share/info/{id}", { path: { id: share.id }, query: { owner_extended: "true", password: share.password } });
      const source = mine(full.source_uri ?? "");
      const uri = full.source_type === FOLDER ? source : childUri(source, full.name);
      return { share: { ...share, ...full }, file: await queryClient.fetchQuery(infoQuery(uri)) };
    },
    gcTime: 0,
    retry: false,
  });

type Wanted = Parameters<typeof api.put<"/share">>[1]["body"];

/** Makes a share, or changes one; answers its link. */
export const saveShare = (share: Share | undefined, body: Wanted) => (share ? api.post("/share/{id}", { path: { id: share.id }, body }) : api.put("/share", { body }));

export const deleteShare = (id: string) => api.delete("/share/{id}", { path: { id } });
