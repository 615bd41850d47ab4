/** A folder of the computer that files are saved in, where the browser lets somebody choose one. */
import { numbered } from "@/ui/names";

export type Folder = FileSystemDirectoryHandle;

type Picker = (options: { mode: "readwrite"; id: string; startIn: "downloads" }) => Promise<Folder>;

/** Nothing where browsers know no such thing; "refused" if nobody wants to choose. */
export async function folderToSaveIn(): Promise<Folder | "refused" | undefined> {
  const { showDirectoryPicker: pick } = window as { showDirectoryPicker?: Picker };
  if (!pick) return undefined;
  try {
    return await pick({ mode: "readwrite", id: "downloads", startIn: "downloads" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return "refused";
    // The page may not ask, as in a frame: files go where downloads go.
    return undefined;
  }
}

/** Names that files being written right now have taken, by folder. */
const taken = new WeakMap<Folder, Promise<unknown>>();

/** A name nothing there bears: what is on the computer is never written over. */
export async function claimName(folder: Folder, name: string): Promise<string> {
  // One after the other, or two would find the same name free.
  const before = taken.get(folder) ?? Promise.resolve();
  const mine = before.then(() => claim(folder, name));
  taken.set(folder, mine.catch(() => {}));
  return await mine;
}

async function claim(folder: Folder, name: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const wanted = number === 0 ? name : numbered(name, number);
    if (await exists(folder, wanted)) continue;
    await folder.getFileHandle(wanted, { create: true });
    return wanted;
  }
}

async function exists(folder: Folder, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    const kind = error instanceof DOMException ? error.name : "";
    if (kind === "NotFoundError") return false;
    // A folder of that name.
    if (kind === "TypeMismatchError") return true;
    throw error;
  }
}
