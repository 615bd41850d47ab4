/**
 * File URIs: `cloudreve://[id[:password]@]<fs>/<path>[?query]`.
 *
 * The server compares and returns URIs as strings, so what is built here has exactly its form:
 * every path segment escaped as `encodeURIComponent` does, a root of `my` with a trailing slash
 * and nothing else with one.
 */
export type FileSystem = "my" | "share" | "trash" | "shared_with_me";

export interface FileUri {
  fs: FileSystem;
  id: string;
  password: string;
  /** Decoded names from the root down. */
  path: string[];
  query: URLSearchParams;
}

const SCHEME = "cloudreve://";
const FILE_SYSTEMS: readonly string[] = ["my", "share", "trash", "shared_with_me"];

export const MY_ROOT = "cloudreve://my/";
export const TRASH_ROOT = "cloudreve://trash";
export const SHARED_WITH_ME = "cloudreve://shared_with_me";

/** Throws a `TypeError` when the text is no file URI. */
export function parseUri(text: string): FileUri {
  if (!text.startsWith(SCHEME)) throw new TypeError(`not a file URI: ${text}`);
  const [location = "", query = ""] = splitOnce(text.slice(SCHEME.length), "?");
  const [authority = "", path = ""] = splitOnce(location, "/");
  const at = authority.lastIndexOf("@");
  const fs = authority.slice(at + 1).toLowerCase();
  if (!FILE_SYSTEMS.includes(fs)) throw new TypeError(`unknown file system: ${fs}`);
  const [id = "", password = ""] = at < 0 ? [] : splitOnce(authority.slice(0, at), ":");
  return {
    fs: fs as FileSystem,
    id: decode(id),
    password: decode(password),
    path: path.split("/").filter(Boolean).map(decode),
    query: new URLSearchParams(query),
  };
}

export function formatUri(uri: FileUri): string {
  const password = uri.password ? `:${encodeURIComponent(uri.password)}` : "";
  const user = uri.id ? `${encodeURIComponent(uri.id)}${password}@` : "";
  const path = uri.path.map((name) => `/${encodeURIComponent(name)}`).join("");
  const root = uri.fs === "my" && !path ? "/" : "";
  const query = uri.query.size > 0 ? `${path ? "" : root ? "" : "/"}?${uri.query}` : "";
  return `${SCHEME}${user}${uri.fs}${path || root}${query}`;
}

/** The URI of a child with this name; a search is left behind. */
export function childUri(parent: string, name: string): string {
  const uri = parseUri(parent);
  return formatUri({ ...uri, path: [...uri.path, name], query: new URLSearchParams() });
}

/** The folder that holds it; a root is its own parent. */
export function parentUri(text: string): string {
  const uri = parseUri(text);
  return formatUri({ ...uri, path: uri.path.slice(0, -1), query: new URLSearchParams() });
}

export function rootUri(text: string): string {
  return formatUri({ ...parseUri(text), path: [], query: new URLSearchParams() });
}

/** Its own name, "" for a root. */
export function nameOf(text: string): string {
  return parseUri(text).path.at(-1) ?? "";
}

export function withoutQuery(text: string): string {
  return formatUri({ ...parseUri(text), query: new URLSearchParams() });
}

/** Whether `inner` is `outer` or lies anywhere below it. */
export function isWithin(inner: string, outer: string): boolean {
  const a = parseUri(inner);
  const b = parseUri(outer);
  return a.fs === b.fs && a.id === b.id && b.path.every((name, at) => a.path[at] === name);
}

export function shareUri(id: string, password = "", path: string[] = []): string {
  return formatUri({ fs: "share", id, password, path, query: new URLSearchParams() });
}

/** Every folder from the root down to the URI itself. */
export function trail(text: string): { name: string; uri: string }[] {
  const uri = parseUri(text);
  return [undefined, ...uri.path].map((name, depth) => ({
    name: name ?? "",
    uri: formatUri({ ...uri, path: uri.path.slice(0, depth), query: new URLSearchParams() }),
  }));
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
