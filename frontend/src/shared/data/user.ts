import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** What everybody may know of somebody. */
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: keys.user(id),
    queryFn: () => api.get("/user/info/{id}", { path: { id } }),
    retry: false,
  });
