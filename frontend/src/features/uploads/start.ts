/** Turns what was picked, dropped or pasted into uploads. */
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { accounts } from "@/api/accounts";
import { childUri, parentUri, withoutQuery } from "@/api/uri";
import type { FileItem, Policy } from "@/api/wire";
import { createEntry } from "@/shared/data/create";
import { refreshFolders } from "@/shared/data/changes";
import { files as picks } from "@/shared/files/store";
import { extensionOf, formatBytes } from "@/ui/format";
import { shownName } from "@/ui/names";
import { cancelUpload } from "./data/cancel";
import { engine } from "./engine-here";
import { useUploadPanel, VISITOR } from "./panel-store";

export { uploadBeside } from "./beside";

interface Found {
  file: File;
  /** Folders from the target down, then the name. */
  path: string[];
}

export async function uploadFiles(files: File[], target: string, policy?: Policy): Promise<void> {
  await queue(
    files.map((file) => ({ file, path: file.webkitRelativePath ? file.webkitRelativePath.split("/") : [file.name] })),
    target,
    policy,
  );
}

export async function uploadEntries(entries: FileSystemEntry[], target: string, policy?: Policy): Promise<void> {
  const found: Found[] = [];
  const empty: string[][] = [];
  for (const entry of entries) await walk(entry, [], found, empty);
  const base = withoutQuery(target);
  for (const path of empty) await createEntry({ uri: path.reduce(childUri, base), type: "folder" });
  if (empty.length > 0) refreshFolders(base);
  await queue(found, target, policy);
}

async function walk(entry: FileSystemEntry, above: string[], found: Found[], empty: string[][]): Promise<void> {
  const path = [...above, entry.name];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  let any = false;
  for (;;) {
    // A folder is handed out in pieces; an empty piece is the end.
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (piece.length === 0) break;
    any = true;
    for (const each of piece) await walk(each, path, found, empty);
  }
  if (!any) empty.push(path);
}

async function queue(found: Found[], target: string, policy?: Policy): Promise<void> {
  if (found.length === 0) return;
  const base = withoutQuery(target);
  const refused: string[] = [];
  const entries = found.flatMap(({ file, path }) => {
    const name = path.at(-1) ?? file.name;
    const reason = refusal(file, name, policy);
    if (reason) {
      refused.push(`${shownName(name)}: ${reason}`);
      return [];
    }
    return [{ file, name, folder: path.slice(0, -1).reduce(childUri, base), uri: path.reduce(childUri, base) }];
  });
  if (refused.length > 0)
    notifications.show({ color: "red", withBorder: true, autoClose: 8000, title: i18next.t("uploads.refused", { count: refused.length }), message: refused.slice(0, 5).join("\n") });
  if (entries.length === 0) return;
  useUploadPanel.setState({ open: true, folded: false });
  const account = accounts.current()?.user.id ?? VISITOR;
  // What an earlier page left may be the same files: it goes on with them.
  await engine.restore(account).catch(() => {});
  engine.add(entries, account);
}

/** Ends uploads by their files: one of this page with its row, others on the server. */
export async function endUploads(files: readonly FileItem[]): Promise<void> {
  for (const file of files) {
    const id = file.metadata?.["sys:upload_session_id"] ?? "";
    const row = engine.snapshot().find((item) => item.session?.id === id);
    if (row) await engine.cancel(row.id);
    else await cancelUpload(id, file.path);
  }
  picks.clear();
  refreshFolders(...files.map((file) => parentUri(file.path)));
}

/** What the storage would refuse is said before anything is sent. */
function refusal(file: File, name: string, policy?: Policy): string | undefined {
  if (!policy) return undefined;
  if (policy.max_size > 0 && file.size > policy.max_size) return i18next.t("uploads.tooLarge", { size: formatBytes(policy.max_size) });
  const { allowed_suffix: allowed, denied_suffix: denied } = policy;
  const extension = extensionOf(name);
  if (allowed && !allowed.includes(extension)) return i18next.t("uploads.badType");
  if (denied?.includes(extension)) return i18next.t("uploads.badType");
  return undefined;
}

/** Pasted pictures have no name of their own. */
export function nameForPasted(file: File): File {
  if (file.name && file.name !== "image.png") return file;
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-").replace("T", " ");
  const name = `${i18next.t("uploads.pasted")} ${stamp}.${extensionOf(file.name) || "png"}`;
  return new File([file], name, { type: file.type, lastModified: file.lastModified });
}
