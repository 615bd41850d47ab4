/** What can be searched for; becomes the query of a file URI. */
import { formatUri, parseUri } from "./uri";

export interface Search {
  words: string;
  type?: "file" | "folder";
  category?: string;
  tag?: string;
  sizeFrom?: number;
  sizeTo?: number;
  /** Unix seconds. */
  updatedFrom?: number;
  updatedTo?: number;
}

export function searchUri(below: string, search: Search): string {
  const uri = parseUri(below);
  const query = new URLSearchParams();
  if (search.category) query.set("category", search.category);
  else {
    const words = uri.fs === "trash" ? "meta_sys:restore_uri" : "name";
    for (const word of search.words.split(/\s+/).filter(Boolean))
      query.append(words, uri.fs === "trash" ? encodeURIComponent(word) : word);
    if (search.words.trim()) query.set("case_folding", "");
    if (search.type) query.set("type", search.type);
    if (search.tag) query.set(`meta_tag:${search.tag}`, "");
    setNumber(query, "size_gte", search.sizeFrom);
    setNumber(query, "size_lte", search.sizeTo);
    setNumber(query, "updated_gte", search.updatedFrom);
    setNumber(query, "updated_lte", search.updatedTo);
  }
  return formatUri({ ...uri, query });
}

/** The search in a URI, or nothing when it names a plain folder. */
export function searchOf(text: string): Search | undefined {
  const { query, fs } = parseUri(text);
  if (query.size === 0) return undefined;
  const tag = [...query.keys()].find((key) => key.startsWith("meta_tag:"))?.slice("meta_tag:".length);
  const words = fs === "trash" ? query.getAll("meta_sys:restore_uri").map(decodeURIComponent) : query.getAll("name");
  return {
    words: words.join(" "),
    type: (query.get("type") as Search["type"]) ?? undefined,
    category: query.get("category") ?? undefined,
    tag,
    sizeFrom: getNumber(query, "size_gte"),
    sizeTo: getNumber(query, "size_lte"),
    updatedFrom: getNumber(query, "updated_gte"),
    updatedTo: getNumber(query, "updated_lte"),
  };
}

function setNumber(query: URLSearchParams, key: string, value: number | undefined) {
  if (value !== undefined && Number.isFinite(value)) query.set(key, String(Math.floor(value)));
}

function getNumber(query: URLSearchParams, key: string): number | undefined {
  const value = query.get(key);
  return value === null ? undefined : Number(value);
}
