/** What happened on the site. */
import { api } from "@/api/client";
import { download } from "@/api/download";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type EventRow = components["schemas"]["AuditLog"];

export const loadEvents = async (asked: Asked) => {
  const page = await api.post("/admin/event", { body: asked });
  return { rows: page.logs, total: page.pagination.total_items ?? 0 };
};

export const exportEvents = (conditions: Record<string, string>, format: string) => download("/admin/event/export", { conditions, format });
