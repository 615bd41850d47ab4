/** The names of everything that is remembered of the server. A key that begins another one stands for all of them. */

/** A link, and whatever is made of the content, holds for one version. */
interface Content {
  path: string;
  primary_entity: string;
}

const contentOf = (file: Content, version: string | undefined) => [file.path, version ?? file.primary_entity] as const;

export const keys = {
  config: (section: string) => ["config", section] as const,

  folders: () => ["folder"] as const,
  folder: (uri: string) => ["folder", uri] as const,
  listing: (uri: string, order: string) => ["folder", uri, order] as const,
  subfolders: (uri: string) => ["subfolders", uri] as const,
  found: (words: string) => ["palette", words] as const,
  infos: () => ["info"] as const,
  info: (uri: string) => ["info", uri] as const,
  summary: (uri: string) => ["summary", uri] as const,
  policies: () => ["policies"] as const,
  thumb: (uri: string, version: string) => ["thumb", uri, version] as const,
  capacity: () => ["capacity"] as const,

  link: (file: Content, version?: string) => ["link", ...contentOf(file, version)] as const,
  text: (file: Content, version?: string) => ["text", ...contentOf(file, version)] as const,
  document: (file: Content, version?: string) => ["pdf", ...contentOf(file, version)] as const,
  archive: (file: Content, version: string | undefined, encoding: string | null) => ["archive", ...contentOf(file, version), encoding] as const,
  exif: (file: Content) => ["exif", ...contentOf(file, undefined)] as const,
  frame: (viewer: string, file: Content, version?: string) => ["frame", viewer, ...contentOf(file, version)] as const,

  shares: () => ["shares"] as const,
  sharesBy: (owner: string, order: string) => ["shares", owner, order] as const,
  share: (id: string, password: string) => ["share", id, password] as const,
  shareName: (id: string) => ["share-name", id] as const,
  shareSource: (id: string) => ["share-source", id] as const,
  sharedFile: (root: string) => ["share-file", root] as const,
  received: () => ["received"] as const,
  receivedBy: (account: string) => ["received", account] as const,

  tasks: () => ["tasks"] as const,
  tasksIn: (category: string) => ["tasks", "list", category] as const,
  activeTasks: (account: string) => ["tasks", "active", account] as const,
  progress: (task: string) => ["tasks", "progress", task] as const,
  wholeTask: (task: string) => ["tasks", "whole", task] as const,
  torrents: () => ["torrents"] as const,
  freeName: (folder: string, name: string) => ["free-name", folder, name] as const,
  taken: (folder: string, names: readonly string[]) => ["taken", folder, names] as const,

  user: (id: string) => ["user", id] as const,
  people: (keyword: string) => ["people", keyword] as const,
  groups: () => ["groups"] as const,

  settings: () => ["settings"] as const,
  sessions: () => ["settings", "sessions"] as const,
  recovery: () => ["settings", "recovery"] as const,
  secret: () => ["2fa"] as const,
  devices: () => ["dav"] as const,

  captcha: (round: number) => ["captcha", round] as const,
  widget: () => ["cap-widget"] as const,
  activation: (id: string) => ["activate", id] as const,
  program: (id: string | undefined, account: string | undefined) => ["oauth-app", id, account] as const,
  /** By the kind of thing that the console shows. */
  admin: (kind: string, ...more: unknown[]) => ["admin", kind, ...more] as const,
};
