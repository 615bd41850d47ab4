/** What would take back what was done last. */
let last: (() => void) | undefined;

export const lastUndo = {
  set: (undo: () => void) => (last = undo),
  get: () => last,
  /** Unless something else was done since. */
  forget: (undo?: () => void) => {
    if (!undo || last === undo) last = undefined;
  },
};
