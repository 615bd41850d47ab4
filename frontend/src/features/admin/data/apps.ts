/** Apps that may ask people to act for them. */
import { api } from "@/api/client";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type AppRow = components["schemas"]["StoredApp"];
type Sent = components["schemas"]["SentApp"];

export const loadApps = async ({ conditions: { name = "", ...conditions }, ...asked }: Asked) => {
  const page = await api.post("/admin/oauthClient", { body: { ...asked, conditions, searches: { name } } });
  return { rows: page.clients, total: page.pagination.total_items ?? 0 };
};

export const createApp = (client: Sent) => api.put("/admin/oauthClient", { body: { client } });

/** Refused if somebody else changed it meanwhile. */
export const changeApp = ({ id, updated_at }: AppRow, client: Sent) => api.put("/admin/oauthClient/{id}", { path: { id }, query: { seen: updated_at }, body: { client } });

export const deleteApp = (id: number) => api.delete("/admin/oauthClient/{id}", { path: { id } });
