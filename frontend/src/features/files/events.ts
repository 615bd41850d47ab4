/** Follows what others change in the open folder. */
import { useEffect } from "react";
import { keys } from "@/api/keys";
import { childUri, MY_ROOT, parseUri } from "@/api/uri";
import { refreshFolders } from "@/shared/data/changes";
import { followEvents } from "@/shared/data/events";
import { refreshTrees } from "@/shared/data/folder";
import { refreshReceived } from "./data/received";
import { type Change, follow as followChanges, readsByPage } from "@/shared/data/pages";
import { queryClient } from "@/api/query-client";

export function useFolderEvents(uri: string | undefined) {
  useEffect(() => {
    if (!uri) return;
    // Where nothing can be followed the stream still tells what others share with the account.
    const folder = parseUri(uri).fs === "my" ? uri : MY_ROOT;
    const stop = new AbortController();
    void followEvents(folder, stop.signal, (...heard) => hear(folder, ...heard));
    return () => stop.abort();
  }, [uri]);
}

function hear(uri: string, kind: string, data: string, again: boolean) {
  if (kind === "event") apply(uri, data);
  else if (kind === "received") refreshReceived();
  // Nothing was kept for us while we were away.
  else if (kind === "subscribed" && again) refreshFolders(uri);
  // The stream compares from now on: what came while there was none is asked for.
  if (again && (kind === "subscribed" || kind === "resumed")) refreshReceived();
}

const namesOf = (path: string) => path.split("/").filter(Boolean);

/** Only the folder itself is in the list; what lies deeper matters when it is opened. */
export function touches(changes: readonly Change[]): boolean {
  return changes.some(({ from, to }) => [from, to].some((path) => namesOf(path).length === 1));
}

/** Folders deeper down that something came into or left: there may be others in them now, or none any more. */
export function deeper(uri: string, changes: readonly Change[]): string[] {
  const paths = changes.flatMap(({ type, from, to }) => (type === "modify" ? [] : [from, to])).map(namesOf);
  return [...new Set(paths.filter((names) => names.length > 1).map((names) => names.slice(0, -1).reduce(childUri, uri)))];
}

/** At most so often what trees show is asked for again: files may come by the hundred. */
const TREES_MS = 3_000;
const changed = new Set<string>();
let resting = false;

function refreshTreesSoon(uris: readonly string[]) {
  for (const uri of uris) changed.add(uri);
  if (resting || !changed.size) return;
  refreshTrees(...changed);
  changed.clear();
  resting = true;
  setTimeout(() => {
    resting = false;
    refreshTreesSoon([]);
  }, TREES_MS);
}

function apply(uri: string, data: string) {
  try {
    const changes = [JSON.parse(data) as Change | Change[]].flat();
    refreshTreesSoon(deeper(uri, changes));
    if (touches(changes) && readsByPage(uri)) void followChanges(uri, changes);
    else if (touches(changes)) refreshFolders(uri);
    else void queryClient.invalidateQueries({ queryKey: keys.folders(), refetchType: "none" });
  } catch {
    refreshFolders(uri);
  }
}
