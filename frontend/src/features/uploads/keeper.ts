/** Unfinished uploads in the browser's database. */
import { claim, claimNew, release } from "./tabs";
import type { Keeper, UploadItem } from "./types";

const DATABASE = "alcove.uploads";
/** The browser copies what it keeps: larger files are asked for again instead. */
const LARGEST_KEPT = 256 * 1024 * 1024;

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("items", { keyPath: "id" });
      request.result.createObjectStore("files");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let opened: Promise<IDBDatabase> | undefined;

async function change(work: (items: IDBObjectStore, files: IDBObjectStore) => void): Promise<void> {
  const db = await (opened ??= database());
  await new Promise<void>((resolve, reject) => {
    const tx = db.transaction(["items", "files"], "readwrite");
    tx.oncomplete = () => resolve();
    tx.onerror = () => reject(tx.error);
    tx.onabort = () => reject(tx.error);
    work(tx.objectStore("items"), tx.objectStore("files"));
  });
}

async function read<T>(ask: (items: IDBObjectStore, files: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await (opened ??= database());
  return await new Promise((resolve, reject) => {
    const tx = db.transaction(["items", "files"], "readonly");
    const request = ask(tx.objectStore("items"), tx.objectStore("files"));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export const browserKeeper: Keeper = {
  async save(item: UploadItem, file?: File) {
    claimNew(item.id);
    await change((items, files) => {
      items.put({ ...item, error: undefined, waiting: undefined });
      if (file && file.size <= LARGEST_KEPT) files.put(file, item.id);
    });
  },
  async forget(id) {
    release(id);
    await change((items, files) => {
      items.delete(id);
      files.delete(id);
    });
  },
  async load() {
    const all = (await read((store) => store.getAll())) as UploadItem[];
    const claimed = await claim(all.map((item) => item.id));
    const items = all.filter((item) => claimed.has(item.id));
    return await Promise.all(items.map(async (item) => ({ item, file: (await read((_, files) => files.get(item.id))) as File | undefined })));
  },
};
