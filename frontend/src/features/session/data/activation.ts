import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** Activates the account, once. */
export const activationQuery = (id: string, sign: string) =>
  queryOptions({
    queryKey: keys.activation(id),
    queryFn: () => api.get("/user/activate/{id}", { path: { id }, query: { sign } }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
