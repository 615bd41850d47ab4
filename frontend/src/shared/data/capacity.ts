/** How much of the drive is used. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

export const capacityQuery = queryOptions({
  queryKey: keys.capacity(),
  queryFn: () => api.get("/user/capacity"),
  staleTime: 30_000,
});
