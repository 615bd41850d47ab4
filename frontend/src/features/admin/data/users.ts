/** Accounts. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type UserRow = components["schemas"]["StoredUser"];
type Upsert = components["schemas"]["UserUpsert"];

export const loadUsers = async (asked: Asked) => {
  const page = await api.post("/admin/user", { body: asked });
  return { rows: page.users, total: page.pagination.total_items ?? 0 };
};

export const userQuery = (id: number) => queryOptions({ queryKey: keys.admin("users", "one", id), queryFn: () => api.get("/admin/user/{id}", { path: { id } }) });

export const createUser = (body: Upsert) => api.put("/admin/user", { body });

export const changeUser = (id: number, body: Upsert) => api.put("/admin/user/{id}", { path: { id }, body });

export const deleteUsers = (ids: number[]) => api.post("/admin/user/batch/delete", { body: { ids } });

export const calibrateUser = (id: number) => api.post("/admin/user/{id}/calibrate", { path: { id } });

export const inviteUser = (email: string, group: string) => api.post("/admin/user/invite", { body: { email, group } });
