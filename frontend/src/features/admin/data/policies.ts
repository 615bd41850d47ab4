/** Storage policies. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type PolicyRow = components["schemas"]["StoredPolicy"];
export type SentPolicy = components["schemas"]["SentStoredPolicy"];

export const loadPolicies = async (asked: Asked) => {
  const page = await api.post("/admin/policy", { body: asked });
  return { rows: page.policies, total: page.pagination.total_items ?? 0 };
};

/** All of them, to choose from. */
export const policiesQuery = queryOptions({
  queryKey: keys.admin("policies", "every"),
  queryFn: () => loadPolicies({ page: 1, page_size: 1000, order_by: "", order_direction: "", conditions: {} }),
});

export const policyQuery = (id: number) =>
  queryOptions({ queryKey: keys.admin("policies", "one", id), queryFn: () => api.get("/admin/policy/{id}", { path: { id }, query: { countEntity: "true" } }) });

export const createPolicy = (policy: SentPolicy) => api.put("/admin/policy", { body: { policy } });

/** Refused if somebody else changed it meanwhile. */
export const changePolicy = ({ id, updated_at }: PolicyRow, policy: SentPolicy) => api.put("/admin/policy/{id}", { path: { id }, query: { seen: updated_at }, body: { policy } });

export const deletePolicy = (id: number) => api.delete("/admin/policy/{id}", { path: { id } });

/** Answers what one that works works without, in sentences. */
export async function testPolicy(policy: SentPolicy): Promise<string[]> {
  const trial = await api.post("/admin/policy/test", { body: { policy } });
  return (trial as typeof trial | undefined)?.warnings ?? [];
}

/** Keeps the app of the site at Microsoft; the page where somebody lets it in. */
export const beginSignIn = (body: components["schemas"]["PolicySignIn"]) => api.post("/admin/policy/oauth/signin", { body });

/** Asked once: a code is good once. */
export const finishSignInQuery = (body: components["schemas"]["PolicyCallback"]) =>
  queryOptions({
    queryKey: keys.admin("policies", "signedIn", body.state, body.code),
    queryFn: async () => {
      await api.post("/admin/policy/oauth/callback", { body });
      return true;
    },
    retry: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });

export const redirectQuery = queryOptions({ queryKey: keys.admin("policies", "redirect"), queryFn: () => api.get("/admin/policy/oauth/redirect") });

export const signInQuery = ({ id, access_key }: PolicyRow) =>
  queryOptions({ queryKey: keys.admin("policies", "signIn", id), queryFn: () => api.get("/admin/policy/oauth/status/{id}", { path: { id } }), enabled: Boolean(access_key) });

/** The drive of a site of SharePoint, by the address of the site. */
export const findDrive = (id: number, url: string) => api.get("/admin/policy/oauth/root/{id}", { path: { id }, query: { url } });

/** Has the bucket answer browsers of this site. */
export const setCors = (policy: SentPolicy) => api.post("/admin/policy/cors", { body: { policy } });
