/** What happened on the site. */
import { api } from "@/api/client";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type EventRow = components["schemas"]["AuditLog"];

export const loadEvents = async (asked: Asked) => {
  const page = await api.post("/admin/event", { body: asked });
  return { rows: page.logs, total: page.pagination.total_items ?? 0 };
};
