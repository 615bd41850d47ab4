/** Follows what others change in the open folder. The stream needs a token, so it is read by hand. */
import { useEffect } from "react";
import { BASE, clientId } from "@/api/client";
import { freshToken } from "@/api/token";
import { parseUri } from "@/api/uri";
import { refreshFolders } from "./data/folder";
import { queryClient } from "@/app/queries";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export function useFolderEvents(uri: string | undefined) {
  useEffect(() => {
    if (!uri || parseUri(uri).fs !== "my") return;
    const stop = new AbortController();
    void follow(uri, stop.signal);
    return () => stop.abort();
  }, [uri]);
}

async function follow(uri: string, signal: AbortSignal) {
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const goesOn = await listen(uri, signal, () => (wait = FIRST_WAIT_MS));
      if (!goesOn) return;
    } catch {
      // Lost connections come back; being offline shows elsewhere.
    }
    await new Promise((resume) => setTimeout(resume, wait));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Resolves to whether trying again makes sense. */
async function listen(uri: string, signal: AbortSignal, alive: () => void): Promise<boolean> {
  const token = await freshToken();
  if (!token) return false;
  const response = await fetch(`${BASE}/file/events?uri=${encodeURIComponent(uri)}`, {
    headers: { Authorization: `Bearer ${token}`, "X-Cr-Client-Id": clientId, Accept: "text/event-stream" },
    signal,
  });
  const streams = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (!streams || !response.body) return response.status >= 500;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return true;
    alive();
    buffer += value;
    const messages = buffer.split("\n\n");
    buffer = messages.pop() ?? "";
    for (const message of messages) if (message.includes("event:event") || message.includes("event: event")) apply(uri, message);
  }
}

interface Change {
  type: string;
  from: string;
  to: string;
}

/** Only the folder itself is on the screen; what lies deeper matters when it is opened. */
export function touches(data: string): boolean {
  const changes = [JSON.parse(data) as Change | Change[]].flat();
  return changes.some(({ from, to }) => [from, to].some((path) => path && path.split("/").filter(Boolean).length === 1));
}

function apply(uri: string, message: string) {
  const data = message
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length))
    .join("\n");
  try {
    if (touches(data)) refreshFolders(uri);
    else void queryClient.invalidateQueries({ queryKey: ["folder"], refetchType: "none" });
  } catch {
    refreshFolders(uri);
  }
}
