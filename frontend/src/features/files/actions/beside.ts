/** Putting things beside others of the same name. */
import { call } from "@/api/client";
import { uuid } from "@/api/random";
import { childUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { freeName } from "@/ui/names";
import { inBatches } from "../data/batch";
import { walkFolder } from "../data/folder";

/**
 * The API moves and copies under the old name alone. So the items get their new one in a folder
 * of their own, which goes away when it is empty again; what fails half-way is still in it.
 */
export async function placeBeside(items: readonly FileItem[], target: string, copy: boolean): Promise<void> {
  if (items.length === 0) return;
  const taken = new Set<string>();
  for await (const page of walkFolder(target)) for (const each of page) taken.add(each.name);
  const between = childUri(target, `.moving-${uuid().slice(0, 8)}`);
  await call("POST", "/file/create", { json: { uri: between, type: "folder", err_on_conflict: true } });
  await inBatches(items.map((item) => item.path), (uris) => call("POST", "/file/move", { json: { uris, dst: between, copy } }));
  const named: string[] = [];
  for (const item of items) {
    const name = freeName(item.name, taken);
    if (name !== item.name) await call("POST", "/file/rename", { json: { uri: childUri(between, item.name), new_name: name } });
    named.push(childUri(between, name));
  }
  await inBatches(named, (uris) => call("POST", "/file/move", { json: { uris, dst: target, copy: false } }));
  await call("DELETE", "/file", { json: { uris: [between], skip_soft_delete: true } });
}
