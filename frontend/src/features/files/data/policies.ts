/** Where new files of a folder are kept. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";

/** What one may choose from; the first is what holds without a choice. */
export const policiesQuery = queryOptions({
  queryKey: keys.policies(),
  queryFn: () => api.get("/user/setting/policies"),
  staleTime: 60_000,
});

/** Moves the bytes of all that is there already; the server goes on by itself. */
export const relocateFiles = (src: string[], policy: string) => api.post("/workflow/relocate", { body: { src, dst_policy_id: policy } });

/** @param policy empty: as in the folder above */
export async function choosePolicy(uri: string, policy: string) {
  await api.patch("/file/policy", { body: { uri, policy_id: policy } });
  // It holds below, too, and listings say where uploads go.
  await Promise.all([queryClient.invalidateQueries({ queryKey: keys.infos() }), queryClient.invalidateQueries({ queryKey: keys.folders() })]);
}
