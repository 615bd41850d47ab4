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

const some = async (conditions: Record<string, string>) => (await loadUsers({ page: 1, page_size: 10, order_by: "nick", order_direction: "asc", conditions })).rows;

/** People whose name or address has these words. Two questions: conditions in one of them would all have to hold. */
export const peopleQuery = (words: string) =>
  queryOptions({
    queryKey: keys.admin("users", "found", words),
    queryFn: async () => {
      const found = await Promise.all(words ? [some({ user_nick: words }), some({ user_email: words })] : [some({})]);
      return [...new Map(found.flat().map((user) => [user.id, user])).values()].slice(0, 10);
    },
  });

export const createUser = (body: Upsert) => api.put("/admin/user", { body });

/** Refused if somebody else changed it meanwhile. */
export const changeUser = ({ id, updated_at }: UserRow, body: Upsert) => api.put("/admin/user/{id}", { path: { id }, query: { seen: updated_at }, body });

export const deleteUsers = (ids: number[]) => api.post("/admin/user/batch/delete", { body: { ids } });

export const calibrateUser = (id: number) => api.post("/admin/user/{id}/calibrate", { path: { id } });

/** Makes an account whose owner sets the password by a link in a mail. */
export const inviteUser = (email: string, nick: string, group: number) => api.post("/admin/user/invite", { body: { email, nick: nick || undefined, group_id: group } });
