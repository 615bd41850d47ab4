/** The way from the file list to the uploads, loaded when the first upload begins. */
import type { DragEvent } from "react";
import type { FileItem, Policy } from "@/api/wire";
import { ports } from "../ports";
import { showError } from "../message";

export function pickFiles(uri: string, policy?: Policy) {
  choose(false, (files) => ports.uploads().then(({ uploadFiles }) => uploadFiles(files, uri, policy)));
}

export function pickFolder(uri: string, policy?: Policy) {
  choose(true, (files) => ports.uploads().then(({ uploadFiles }) => uploadFiles(files, uri, policy)));
}

function choose(folder: boolean, then: (files: File[]) => Promise<void>) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = folder;
  input.style.display = "none";
  input.addEventListener("change", () => {
    input.remove();
    void then([...(input.files ?? [])]).catch(showError);
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

export function dropUpload(event: DragEvent, uri: string, policy?: Policy) {
  // Entries have to be taken before the event is over.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => !!entry);
  const files = [...event.dataTransfer.files];
  void ports.uploads()
    .then(({ uploadEntries, uploadFiles }) =>
      entries.length > 0 ? uploadEntries(entries, uri, policy) : uploadFiles(files, uri, policy),
    )
    .catch(showError);
}

/** Ends uploads that stand in the list, whichever page began them. */
export function cancelUploads(files: readonly FileItem[]) {
  return ports.uploads()
    .then(({ endUploads }) => endUploads(files))
    .catch(showError);
}

export function pasteUpload(event: ClipboardEvent, uri: string, policy?: Policy) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  void ports.uploads()
    .then(({ uploadFiles, nameForPasted }) => uploadFiles(files.map(nameForPasted), uri, policy))
    .catch(showError);
}
