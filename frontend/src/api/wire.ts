/** Names for what travels, taken from the description of the API. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

/** The path is left out by the head of a share of one file alone, which nothing asks for it. */
export type FileItem = Omit<Schemas["FileView"], "path"> & { path: string };
export type Listing = Omit<Schemas["ListView"], "files" | "parent"> & { files: FileItem[]; parent: FileItem };

export const asFile = (view: Schemas["FileView"]) => view as FileItem;
export const asListing = (view: Schemas["ListView"]) => view as Listing;

export type FolderView = Schemas["ViewBody"];
export type Policy = Schemas["PolicyView"];
export type Version = Schemas["EntityView"];
export type Summary = Schemas["SummaryView"];
export type User = Schemas["UserView"];
export type Tokens = Schemas["TokensView"];
export type SignedIn = Schemas["SignedInView"];
export type Capacity = Schemas["CapacityView"];
export type Upload = Schemas["UploadView"];
export type Passkey = Schemas["PasskeyView"];
export type Settings = Schemas["SettingsView"];

/** A section of the site's configuration; only filled keys are there. */
export type SiteConfig = Omit<Schemas["SiteConfigView"], "file_viewers" | "default_viewer_mapping" | "user"> & {
  file_viewers?: { viewers: Viewer[] }[];
  default_viewer_mapping?: Record<string, string>;
  user?: User;
};

/** Administrators write these parts themselves, so the description says nothing of them. */
export const asConfig = (view: Schemas["SiteConfigView"]) => view as SiteConfig;

export interface Viewer {
  id: string;
  type: "builtin" | "wopi" | "custom";
  display_name: string;
  exts: string[];
  url?: string;
  icon?: string;
  props?: Record<string, string>;
  max_size?: number;
  disabled?: boolean;
  templates?: { ext: string; display_name: string }[];
  platform?: "pc" | "mobile" | "all";
  required_group_permission?: number[];
}

export type Share = Schemas["ShareView"];
export type Permissions = Partial<Schemas["PermissionsBody"]>;

export type DirectLink = Schemas["DirectLinkView"];
export type MadeLink = Schemas["SourceView"];
export type GroupName = Schemas["GroupName"];
export type Session = Schemas["SessionView"];

export type Task = Schemas["TaskView"];
export type TaskPart = Schemas["TaskProgressView"];

export type DavAccount = Schemas["DavAccountView"];

export interface LockConflict {
  path?: string;
  token?: string;
  owner: { application: { type: string; viewer_id?: string } };
  type: 0 | 1;
}

export const FOLDER = 1;

export function isFolder(file: FileItem): boolean {
  return file.type === FOLDER;
}
