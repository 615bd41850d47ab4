/** Follows what others change in the open folder. The stream needs a token, so it is read by hand. */
import { useEffect } from "react";
import { openEvents } from "@/api/bytes";
import { keys } from "@/api/keys";
import { reach, untilBack } from "@/api/reach";
import { childUri, MY_ROOT, parseUri } from "@/api/uri";
import { refreshFolders } from "@/shared/data/changes";
import { refreshTrees } from "@/shared/data/folder";
import { refreshReceived } from "./data/received";
import { type Change, follow as followChanges, readsByPage } from "@/shared/data/pages";
import { queryClient } from "@/api/query-client";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** The server says something every 30 seconds; after thrice that the line is dead. */
const SILENCE_MS = 90_000;

export function useFolderEvents(uri: string | undefined) {
  useEffect(() => {
    if (!uri) return;
    // Where nothing can be followed the stream still tells what others share with the account.
    const folder = parseUri(uri).fs === "my" ? uri : MY_ROOT;
    const stop = new AbortController();
    void follow(folder, stop.signal);
    return () => stop.abort();
  }, [uri]);
}

async function follow(uri: string, signal: AbortSignal) {
  let wait = FIRST_WAIT_MS;
  for (let again = false; !signal.aborted; again = true) {
    try {
      const goesOn = await listen(uri, signal, again, () => (wait = FIRST_WAIT_MS));
      if (!goesOn) return;
    } catch {
      // Lost connections come back; being offline shows elsewhere.
    }
    if (!signal.aborted) reach.suspect();
    await untilBack(wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Resolves to whether trying again makes sense. */
async function listen(uri: string, signal: AbortSignal, again: boolean, alive: () => void): Promise<boolean> {
  const silent = new AbortController();
  const response = await openEvents(uri, AbortSignal.any([signal, silent.signal]));
  if (!response) return false;
  const streams = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (!streams || !response.body) return response.status >= 500;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const watch = setTimeout(() => silent.abort(), SILENCE_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(watch));
    if (done) return true;
    alive();
    buffer += value;
    const messages = buffer.split("\n\n");
    buffer = messages.pop() ?? "";
    for (const message of messages) {
      const kind = /^event: ?(\S+)/m.exec(message)?.[1];
      if (kind === "event") apply(uri, message);
      else if (kind === "received") refreshReceived();
      // Nothing was kept for us while we were away.
      else if (kind === "subscribed" && again) refreshFolders(uri);
      // The stream compares from now on: what came while there was none is asked for.
      if (again && (kind === "subscribed" || kind === "resumed")) refreshReceived();
      else if (kind === "reconnect-required") return true;
    }
  }
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

function apply(uri: string, message: string) {
  const data = message
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length))
    .join("\n");
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
