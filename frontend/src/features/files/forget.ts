/** Forgets what was picked, copied and done: it was another account's. */
import { lastUndo } from "./last-undo";
import { shown, useFiles } from "@/shared/files/store";

export function forgetFiles() {
  shown.files = [];
  lastUndo.forget();
  useFiles.setState({ uri: "", selected: new Set(), gathering: false, toEnd: undefined, anchor: undefined, focus: undefined, clipboard: undefined, dragged: [], details: false, filter: "" });
}
