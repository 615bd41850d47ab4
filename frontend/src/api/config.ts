import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { keys } from "./keys";
import { asConfig, type SiteConfig, type Viewer } from "./wire";

export type Section = "basic" | "login" | "explorer" | "emojis" | "thumb" | "app";

/** What the page brought along, when it was loaded; of the basics, whatever does not depend on who asks. */
const brought = readBrought();

function readBrought(): Partial<Record<Section, SiteConfig>> {
  try {
    const meta = document.querySelector<HTMLMetaElement>('meta[name="alcove-basics"]');
    return JSON.parse(meta?.content ?? "") as Partial<Record<Section, SiteConfig>>;
  } catch {
    return {};
  }
}

const remembered = (section: Section) => `alcove.config.${section}`;

/** A section of the site's configuration; what was known last time is shown at once. */
export const configQuery = (section: Section) =>
  queryOptions({
    queryKey: keys.config(section),
    queryFn: async () => {
      const config = asConfig(await api.get("/site/config/{section}", { path: { section } }));
      localStorage.setItem(remembered(section), JSON.stringify(config));
      return config;
    },
    // The form for signing in asks for nothing before it is shown.
    initialData: section === "login" ? brought.login : undefined,
    initialDataUpdatedAt: typeof performance === "undefined" ? undefined : performance.timeOrigin,
    placeholderData: () => {
      try {
        return JSON.parse(localStorage.getItem(remembered(section)) ?? "") as SiteConfig;
      } catch {
        return brought[section];
      }
    },
    staleTime: 5 * 60_000,
  });

export function useConfig(section: Section): SiteConfig | undefined {
  return useQuery(configQuery(section)).data;
}

/** What may be offered. The server hosts no office sessions (WOPI), so a viewer of that kind would open nothing. */
export function viewersOf(config: SiteConfig | undefined): Viewer[] {
  const all = (config?.file_viewers ?? []).flatMap((group) => group.viewers);
  return all.filter((viewer) => !viewer.disabled && viewer.type !== "wopi");
}
