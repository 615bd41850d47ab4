import { create } from "zustand";

interface State {
  /** Whether the queue is shown. */
  open: boolean;
  /** Only its head is: what an earlier page left goes on by itself. */
  folded: boolean;
}

export const useUploadPanel = create<State>(() => ({ open: false, folded: false }));

/** Whose uploads they are when nobody is signed in: a share may take files from everybody. */
export const VISITOR = "";
