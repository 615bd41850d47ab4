/** The words of the editor's own parts, which come from its package. */
import i18next from "i18next";

/** What the package calls them, and where they stand among the texts. */
const WORDS: Record<string, string> = {
  Find: "find",
  Replace: "replace",
  next: "next",
  previous: "previous",
  all: "all",
  "match case": "matchCase",
  regexp: "regexp",
  "by word": "byWord",
  replace: "replaceOne",
  "replace all": "replaceAll",
  close: "close",
  "current match": "currentMatch",
  "on line": "onLine",
  "replaced match on line $": "replacedOn",
  "replaced $ matches": "replacedMany",
  "Go to line": "goToLine",
  go: "go",
  "Selection deleted": "deleted",
  "folded code": "folded",
  unfold: "unfold",
  Completions: "completions",
  "Control character": "control",
};

export const editorWords = () => Object.fromEntries(Object.entries(WORDS).map(([theirs, ours]) => [theirs, i18next.t(`viewers.editor.${ours}`)]));
