/** Tasks that have ended, and tasks that were begun: told by whoever hears of it, heard by the feature of tasks. */
export interface Ended {
  id: string;
  type: string;
  status: string;
}

type Listener = (ended: readonly Ended[]) => void;

const listeners = new Set<Listener>();

/** @param ended nothing: something was begun or changed, and is worth a look */
export function tellTasks(ended: readonly Ended[] = []) {
  for (const listener of listeners) listener(ended);
}

export function hearTasks(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
