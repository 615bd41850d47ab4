/** Which viewer opens which file, as the site's configuration says. */
import type { TFunction } from "i18next";
import { hasBit, May } from "@/api/bits";
import { viewersOf } from "@/api/config";
import type { FileItem, SiteConfig, Viewer } from "@/api/wire";
import { extensionOf } from "@/ui/format";
import { kindOf } from "./files/kinds";

/** What is part of this page; other built-in names belong to programs it does not carry. */
export const BUILT_IN = ["image", "video", "music", "pdf", "markdown", "monaco", "archive"] as const;
export type BuiltIn = (typeof BUILT_IN)[number];

const FALLBACK: Viewer[] = BUILT_IN.map((id) => ({ id, type: "builtin", display_name: id, exts: [] }));
const BY_KIND: Partial<Record<string, BuiltIn>> = { image: "image", video: "video", audio: "music", pdf: "pdf", text: "monaco", code: "monaco", archive: "archive" };
const KEY = "alcove.viewers";

const remembered = (): Record<string, string> => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
};

export function rememberViewer(extension: string, viewer: string) {
  localStorage.setItem(KEY, JSON.stringify({ ...remembered(), [extension]: viewer }));
}

function usable(viewer: Viewer, permission: string | undefined): boolean {
  const narrow = typeof matchMedia === "function" && matchMedia("(max-width: 48em)").matches;
  const platform = viewer.platform ?? "all";
  const known = viewer.type !== "builtin" || (BUILT_IN as readonly string[]).includes(viewer.id);
  const fits = platform === "all" || (platform === "mobile") === narrow;
  return known && fits && (viewer.required_group_permission ?? []).every((bit) => hasBit(permission, bit));
}

/** Viewers for a file, the best first, and the rest that could be tried. */
export function chooseViewers(file: FileItem, config: SiteConfig | undefined, permission?: string): { fitting: Viewer[]; others: Viewer[] } {
  const extension = extensionOf(file.name);
  const all = viewersOf(config).filter((viewer) => usable(viewer, permission));
  const fits = (viewer: Viewer) => viewer.exts.includes(extension) && (!viewer.max_size || file.size <= viewer.max_size);
  const wanted = [remembered()[extension], config?.default_viewer_mapping?.[extension]];
  const rank = (viewer: Viewer) => {
    const at = wanted.indexOf(viewer.id);
    return at >= 0 ? at : viewer.type === "builtin" ? 10 : 20;
  };
  const fitting = all.filter(fits).sort((a, b) => rank(a) - rank(b));
  const kind = kindOf(file);
  // To look into one needs the same right as to unpack it.
  const byKind = kind === "archive" && !hasBit(permission, May.archive) ? undefined : BY_KIND[kind];
  if (fitting.length === 0 && byKind) fitting.push(all.find((viewer) => viewer.id === byKind) ?? (FALLBACK.find((viewer) => viewer.id === byKind) as Viewer));
  // A name without meaning may hold anything; else only the text editor shows something of every file.
  const unknown = kindOf(file) === "other";
  const others = all.filter((viewer) => viewer.type === "builtin" && !fitting.includes(viewer) && (unknown || viewer.id === "monaco"));
  return { fitting, others };
}

export function viewerName(viewer: Viewer, t: TFunction): string {
  if (viewer.type === "builtin" && (BUILT_IN as readonly string[]).includes(viewer.id)) return t(`viewers.${viewer.id}`);
  // Seeded viewers are named by keys, which name programs here.
  const key = /^fileManager\.(\w+)$/.exec(viewer.display_name)?.[1];
  return key ? t(`viewers.programs.${key}`, { defaultValue: key }) : viewer.display_name;
}

/** Whose computers an outside viewer shows files by; nothing if its address says none. */
export function hostOf(viewer: Viewer): string | undefined {
  try {
    return new URL((viewer.url ?? "").replaceAll(/\{\$\w+\}/g, "x")).host || undefined;
  } catch {
    return undefined;
  }
}

const TRUSTED = "alcove.outside";
const trusted = (account: string): string[] => {
  try {
    return (JSON.parse(localStorage.getItem(TRUSTED) ?? "{}") as Record<string, string[]>)[account] ?? [];
  } catch {
    return [];
  }
};
const asTrusted = (viewer: Viewer) => `${viewer.id} ${hostOf(viewer)}`;

/** Whether somebody said that this viewer, at this host, may have files without asking again. */
export const isTrusted = (viewer: Viewer, account: string) => trusted(account).includes(asTrusted(viewer));

export function trust(viewer: Viewer, account: string) {
  let all: Record<string, string[]> = {};
  try {
    all = JSON.parse(localStorage.getItem(TRUSTED) ?? "{}") as Record<string, string[]>;
  } catch {
    // What cannot be read is forgotten.
  }
  localStorage.setItem(TRUSTED, JSON.stringify({ ...all, [account]: [...new Set([...trusted(account), asTrusted(viewer)])] }));
}

/** The address of an outside viewer with the file filled in. */
export function fillTemplate(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\$(\w+)\}/g, (all, key: string) => (key in values ? (values[key] ?? "") : all));
}
