/** Tags, colours, emoji: what people write on their files. Pins are theirs, too. */
import { accounts } from "@/api/accounts";
import type { FileItem } from "@/api/wire";
import { showError } from "@/shared/message";
import { inBatches } from "@/shared/data/batch";
import { changeEverywhere, refreshParentsOf } from "@/shared/data/changes";
import { type Patch, saveMetadata } from "../data/metadata";
import { pin, unpin } from "../data/pins";
import { tellFailure } from "@/shared/files/failure";

export async function patchMetadata(items: readonly FileItem[], patches: Patch[]): Promise<boolean> {
  const touched = new Set(items.map((item) => item.path));
  const apply = (metadata: Record<string, string> | null | undefined) => {
    const next = { ...metadata };
    for (const { key, value = "", remove: gone } of patches)
      if (gone) delete next[key];
      else next[key] = value;
    return next;
  };
  changeEverywhere((list) => list.map((each) => (touched.has(each.path) ? { ...each, metadata: apply(each.metadata) } : each)));
  try {
    await inBatches([...touched], (uris) => saveMetadata(uris, patches));
    return true;
  } catch (error) {
    tellFailure(error);
    return false;
  } finally {
    refreshParentsOf(items);
  }
}

export async function setPinned(uri: string, pinned: boolean, name?: string): Promise<void> {
  const account = accounts.current();
  try {
    await (pinned ? pin(uri, name) : unpin(uri));
    if (!account) return;
    const others = (account.user.pined ?? []).filter((each) => each.uri !== uri);
    accounts.update(account.user.id, { pined: pinned ? [...others, { uri, name }] : others });
  } catch (error) {
    showError(error);
  }
}
