import { create } from "zustand";

/** Whether the queue is shown. */
export const useUploadPanel = create<{ open: boolean }>(() => ({ open: false }));

/** Whose uploads they are when nobody is signed in: a share may take files from everybody. */
export const VISITOR = "";
