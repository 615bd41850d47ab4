/** Moving and copying, and what happens when a name is taken. */
import i18next from "i18next";
import { lazy } from "react";
import { Code, hasCode } from "@/api/error";
import { childUri, isWithin, nameOf, parentUri } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { freeName, shownName } from "@/ui/names";
import { showDone, showTrouble } from "@/shared/message";
import { inBatches } from "@/shared/data/batch";
import { changeEverywhere, refreshParentsOf } from "@/shared/data/changes";
import { folderOf, walkFolder } from "@/shared/data/folder";
import type { OnTaken } from "../dialogs/TakenDialog";
import { deleteFiles } from "@/shared/data/delete";
import { moveFiles } from "@/shared/data/move";
import { files as picks, useFiles } from "@/shared/files/store";
import { tellFailure } from "@/shared/files/failure";
import { offerUndo } from "./undo";

const FolderPicker = lazy(() => import("@/shared/files/FolderPicker"));
const TakenDialog = lazy(() => import("../dialogs/TakenDialog"));
const t = i18next.t.bind(i18next);

const liesIn = (item: FileItem, folder: string) => folderOf(item) === parentUri(childUri(folder, "x"));

/** Moves or copies. Copies in the same folder get another name; nothing ends inside itself. */
export async function transfer(items: readonly FileItem[], target: string, copy: boolean): Promise<void> {
  const wanted = items.filter((item) => !isWithin(target, item.path) && (copy || !liesIn(item, target)));
  if (wanted.length === 0) {
    if (items.some((item) => isWithin(target, item.path))) showTrouble(t("files.intoItself"));
    return;
  }
  const plain = wanted.filter((item) => !liesIn(item, target));
  const beside = wanted.filter((item) => liesIn(item, target));
  if (!copy) {
    const moved = new Set(wanted.map((item) => item.path));
    changeEverywhere((list) => list.filter((each) => !moved.has(each.path)));
    picks.clear();
  }
  try {
    const asked = await send(plain, target, copy, beside);
    if (!asked) return;
    await placeBeside([...beside, ...asked.beside], target, copy);
    const count = wanted.length - asked.skipped.length;
    if (count === 0) return;
    const values = { count, name: wanted[0]?.name, folder: nameOf(target) || t("files.myFiles") };
    if (copy) showDone(named(t("files.copied", values), asked.names));
    else if (asked.changed) showDone(named(t("files.moved", values), asked.names));
    else offerUndo(t("files.moved", values), () => moveBack(wanted, target));
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(wanted, target);
  }
}

/** So many of the names that things were given are said. */
const NAMED = 3;

/** With the names that things have now, whose own were taken. */
function named(what: string, names: readonly string[]): string {
  if (names.length === 0) return what;
  const said = [...names.slice(0, NAMED).map(shownName), ...(names.length > NAMED ? ["…"] : [])].join(", ");
  return t("files.underNames", { count: names.length, what, names: said });
}

/** Under free names, such as `plan (1).md`, all at once. */
const placeBeside = (items: readonly FileItem[], target: string, copy: boolean) =>
  inBatches(items.map((item) => item.path), (uris) => moveFiles(uris, target, { copy, keepBoth: true }), copy ? "copying" : "moving");

interface Sent {
  beside: FileItem[];
  skipped: FileItem[];
  /** What those beside are called there. */
  names: string[];
  /** Something else than the plain move happened, which cannot be taken back as a whole. */
  changed: boolean;
}

/** The server moves all or nothing, so names that are taken are asked about before the second try. @param before what gets free names ahead of them */
async function send(items: FileItem[], target: string, copy: boolean, before: FileItem[]): Promise<Sent | undefined> {
  const done = new Set<string>();
  const move = (list: FileItem[]) =>
    inBatches(list.map((item) => item.path), async (uris) => {
      await moveFiles(uris, target, { copy });
      for (const uri of uris) done.add(uri);
    }, copy ? "copying" : "moving");
  try {
    await move(items);
    return { beside: [], names: [], skipped: [], changed: false };
  } catch (error) {
    if (!hasCode(error, Code.nameTaken)) throw error;
  }
  const rest = items.filter((item) => !done.has(item.path));
  const names = new Set<string>();
  for await (const page of walkFolder(target)) for (const each of page) names.add(each.name);
  const taken = rest.filter((item) => names.has(item.name));
  refreshParentsOf(rest);
  // Replacing a folder by something inside it would throw both away.
  const mayReplace = !taken.some((item) => isWithin(item.path, childUri(target, item.name)));
  // As the server names them, which come after the others.
  const given = new Set([...names, ...rest.map((item) => item.name)]);
  const numbered = [...before, ...taken].map((item) => freeName(item.name, given)).slice(before.length);
  const choice = await ask<OnTaken>((answer) => <TakenDialog names={taken.map((item) => item.name)} beside={numbered[0]} mayReplace={mayReplace} done={answer} />);
  if (!choice) return undefined;
  await move(rest.filter((item) => !names.has(item.name)));
  if (choice === "replace") {
    await inBatches(taken.map((item) => childUri(target, item.name)), (uris) => deleteFiles(uris));
    await move(taken);
  }
  const keep = choice === "keep";
  return { beside: keep ? taken : [], names: keep ? numbered : [], skipped: choice === "skip" ? taken : [], changed: true };
}

async function moveBack(items: readonly FileItem[], target: string) {
  const homes = new Map<string, string[]>();
  for (const item of items) homes.set(folderOf(item), [...(homes.get(folderOf(item)) ?? []), childUri(target, item.name)]);
  try {
    for (const [home, uris] of homes)
      await inBatches(uris, (piece) => moveFiles(piece, home, { copy: false }), "moving");
  } catch (error) {
    tellFailure(error);
  } finally {
    refreshParentsOf(items, target);
  }
}

export async function transferTo(items: readonly FileItem[], copy: boolean): Promise<void> {
  const first = items[0];
  if (!first) return;
  const target = await ask<string>((done) => (
    <FolderPicker
      title={t(copy ? "files.copyTo" : "files.moveTo", { count: items.length, name: first.name })}
      action={t(copy ? "files.copyHere" : "files.moveHere")}
      start={folderOf(first)}
      forbidden={items.filter(isFolder).map((item) => item.path)}
      done={done}
    />
  ));
  if (target) await transfer(items, target, copy);
}

export function cut(items: readonly FileItem[], copy: boolean) {
  useFiles.setState({ clipboard: { files: [...items], copy } });
  showDone(t(copy ? "files.clipboardCopy" : "files.clipboardCut", { count: items.length, name: items[0]?.name }));
}

export async function paste(target: string): Promise<void> {
  const { clipboard } = useFiles.getState();
  if (!clipboard) return;
  if (!clipboard.copy) useFiles.setState({ clipboard: undefined });
  await transfer(clipboard.files, target, clipboard.copy);
}
