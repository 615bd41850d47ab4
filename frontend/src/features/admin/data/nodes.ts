/** Nodes. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type NodeRow = components["schemas"]["StoredNode"];
type Sent = components["schemas"]["SentNode"];

export const loadNodes = async (asked: Asked) => {
  const page = await api.post("/admin/node", { body: asked });
  return { rows: page.nodes, total: page.pagination.total_items ?? 0 };
};

/** The site itself, which is no helper. */
export const isMaster = ({ type }: NodeRow) => type === "master";

/** All of them, to choose from. */
export const nodesQuery = queryOptions({
  queryKey: keys.admin("nodes", "every"),
  queryFn: async () => (await loadNodes({ page: 1, page_size: 1000, order_by: "", order_direction: "", conditions: {} })).rows,
});

export const createNode = (node: Sent) => api.put("/admin/node", { body: { node } });

/** Refused if somebody else changed it meanwhile. */
export const changeNode = ({ id, updated_at }: NodeRow, node: Sent) => api.put("/admin/node/{id}", { path: { id }, query: { seen: updated_at }, body: { node } });

export const deleteNode = (id: number) => api.delete("/admin/node/{id}", { path: { id } });

export const testNode = (node: Sent) => api.post("/admin/node/test", { body: { node } });

export const testDownloader = (node: Sent) => api.post("/admin/node/test/downloader", { body: { node } });
