/** Groups. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type GroupRow = components["schemas"]["StoredGroup"];
type Sent = components["schemas"]["SentGroup"];

export const loadGroups = async (asked: Asked) => {
  const page = await api.post("/admin/group", { body: asked });
  return { rows: page.groups, total: page.pagination.total_items ?? 0 };
};

const EVERY: Asked = { page: 1, page_size: 1000, order_by: "", order_direction: "", conditions: {} };

/** All of them, to choose from. */
export const groupsQuery = queryOptions({ queryKey: keys.admin("groups", "every"), queryFn: () => loadGroups(EVERY) });

export const groupQuery = (id: number) =>
  queryOptions({ queryKey: keys.admin("groups", "one", id), queryFn: () => api.get("/admin/group/{id}", { path: { id }, query: { countUser: "true" } }) });

export const createGroup = (group: Sent) => api.put("/admin/group", { body: { group } });

/** Refused if somebody else changed it meanwhile. */
export const changeGroup = ({ id, updated_at }: GroupRow, group: Sent) => api.put("/admin/group/{id}", { path: { id }, query: { seen: updated_at }, body: { group } });

export const deleteGroup = (id: number) => api.delete("/admin/group/{id}", { path: { id } });
