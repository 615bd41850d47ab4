/** Those whom a share can be for. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

export const groupsQuery = queryOptions({ queryKey: keys.groups(), queryFn: () => api.get("/group/list"), staleTime: 60_000 });

/** People by a part of their name or address. */
export const searchPeople = (keyword: string) => api.get("/user/search", { query: { keyword } });
