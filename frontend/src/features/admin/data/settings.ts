/** Every setting of the site. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";

export type Setting = components["schemas"]["SettingView"];

export const settingsQuery = queryOptions({
  queryKey: keys.admin("settings"),
  queryFn: async () => {
    const all = await api.get("/admin/settings/describe");
    const values = await api.post("/admin/settings", { body: { keys: all.map(({ key }) => key) } });
    return { all, values };
  },
  // What one is typing is not to be overtaken.
  refetchOnWindowFocus: false,
  staleTime: Number.POSITIVE_INFINITY,
});

/** All or none; refused if somebody else changed one of them meanwhile. */
export const changeSettings = (settings: Record<string, string>, expected: Record<string, string>) => api.patch("/admin/settings", { body: { settings, expected } });

/** By settings that need not be saved; those that are not named are as they are. */
export const sendTestMail = (to: string, settings: Record<string, string>) => api.post("/admin/tool/mail", { body: { to, settings } });

/** A picture drawn by what is saved; drawn anew when that changes. */
export const captchaSampleQuery = (round: number) =>
  queryOptions({ queryKey: keys.admin("settings", "captcha", round), queryFn: () => api.get("/site/captcha"), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, refetchOnWindowFocus: false });
