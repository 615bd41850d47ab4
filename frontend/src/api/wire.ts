/** Names for what travels, taken from the description of the API. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type FileItem = Schemas["FileView"] & { shared?: boolean; metadata?: Record<string, string> | null };
export type Listing = Omit<Schemas["ListView"], "files" | "parent"> & {
  files: FileItem[];
  parent: FileItem;
  single_file_view?: boolean;
};
export type FolderView = Schemas["ViewBody"];
export type Policy = Schemas["PolicyView"];
export type Version = Schemas["EntityView"];
export type Summary = Schemas["SummaryView"];
export type User = Schemas["UserView"];
export type Tokens = Schemas["TokensView"];
export type SignedIn = Schemas["SignedInView"];
export type Capacity = Schemas["CapacityView"];
export type Upload = Schemas["UploadView"];
export type Passkey = { id: string; name: string; used_at?: string; created_at: string };
export type Grant = { client_id: string; client_name: string; client_logo?: string; scopes?: string[]; last_used_at?: string | null };
export type Settings = Schemas["SettingsView"] & { passkeys?: Passkey[]; oauth_grants?: Grant[] };

/** A section of the site's configuration; only filled keys are there. */
export type SiteConfig = Omit<Schemas["SiteConfigView"], "file_viewers" | "default_viewer_mapping" | "user"> & {
  file_viewers?: { viewers: Viewer[] }[];
  default_viewer_mapping?: Record<string, string>;
  user?: User;
  sso_enabled?: boolean;
  sso_display_name?: string;
  oidc_enabled?: boolean;
  oidc_display_name?: string;
  qq_enabled?: boolean;
};

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

export interface Share {
  id: string;
  name: string;
  visited: number;
  downloaded?: number;
  remain_downloads?: number;
  unlocked: boolean;
  password_protected?: boolean;
  is_private?: boolean;
  share_view?: boolean;
  show_readme?: boolean;
  password?: string;
  source_type: 0 | 1;
  source_uri?: string;
  owner: User;
  created_at: string;
  expires?: string;
  expired: boolean;
  url: string;
  size?: number;
}

export interface DirectLink {
  id: string;
  url: string;
  downloaded: number;
  created_at: string;
}

export interface DavAccount {
  id: string;
  created_at: string;
  name: string;
  uri: string;
  password: string;
  options?: string;
}

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
