import { api } from "@/api/client";

/** Begins a task anew that failed or was called off. */
export const retryTask = (id: string) => api.post("/workflow/retry/{id}", { path: { id } });
