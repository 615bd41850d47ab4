/** Everything that can be done with files, each as one function that says how it went. */
export { showDirectLinks } from "./links";
export { patchMetadata, setPinned } from "./metadata";
export { rename } from "./rename";
export { emptyTrash, remove, restore } from "./remove";
export { undoLast } from "./undo";
export { cut, paste, transfer, transferTo } from "./transfer";
