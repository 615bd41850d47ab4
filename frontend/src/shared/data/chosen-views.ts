/** Views of folders chosen in this browser: an answer that was asked for before one was saved does not know it yet. */
import type { FolderView } from "@/api/wire";

interface Choice {
  view: FolderView;
  /** When the server had it. */
  saved: number;
}

const choices = new Map<string, Choice>();
let moments = 0;

/** A moment: later ones are larger. */
export const moment = () => (moments += 1);

/** From now on what is asked for before the view is saved shows it all the same. */
export function chooseView(uri: string, view: FolderView) {
  const choice = { view, saved: Infinity };
  choices.set(uri, choice);
  return {
    saved: () => {
      choice.saved = moment();
    },
    failed: () => {
      if (choices.get(uri) === choice) choices.delete(uri);
    },
  };
}

/** What was answered, with the view that was chosen since it was asked for. */
export function withChosenView<Answer extends { view?: FolderView | null }>(uri: string, asked: number, answer: Answer): Answer {
  const choice = choices.get(uri);
  return choice && choice.saved > asked ? { ...answer, view: choice.view } : answer;
}
