import { queryOptions, useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { SiteConfig, Viewer } from "./wire";

export type Section = "basic" | "login" | "explorer" | "emojis" | "thumb" | "app";

const remembered = (section: Section) => `alcove.config.${section}`;

/** A section of the site's configuration; what was known last time is shown at once. */
export const configQuery = (section: Section) =>
  queryOptions({
    queryKey: ["config", section],
    queryFn: async () => {
      const config = await call<SiteConfig>("GET", `/site/config/${section}`);
      localStorage.setItem(remembered(section), JSON.stringify(config));
      return config;
    },
    placeholderData: () => {
      try {
        return JSON.parse(localStorage.getItem(remembered(section)) ?? "") as SiteConfig;
      } catch {
        return undefined;
      }
    },
    staleTime: 5 * 60_000,
  });

export function useConfig(section: Section): SiteConfig | undefined {
  return useQuery(configQuery(section)).data;
}

export function viewersOf(config: SiteConfig | undefined): Viewer[] {
  return (config?.file_viewers ?? []).flatMap((group) => group.viewers).filter((viewer) => !viewer.disabled);
}
