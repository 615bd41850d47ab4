import { create } from "zustand";

/** Whether the queue is shown. */
export const useUploadPanel = create<{ open: boolean }>(() => ({ open: false }));
