/** Everything that can be done with files, each as one function that says how it went. */
export { download, linkTo, saveUrl } from "@/shared/files/download";
export { tellFailure } from "@/shared/files/failure";
export { showDirectLinks } from "./links";
export { type Patch, patchMetadata, setPinned } from "./metadata";
export { createFile, createFolder, rename } from "./naming";
export { emptyTrash, remove, restore } from "./remove";
export { undoLast } from "./undo";
export { cut, paste, transfer, transferTo } from "./transfer";
