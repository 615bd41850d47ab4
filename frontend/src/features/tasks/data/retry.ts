import { api } from "@/api/client";

/** Begins a task anew that failed. */
export const retryTask = (id: string) => api.post("/workflow/retry/{id}", { path: { id } });
