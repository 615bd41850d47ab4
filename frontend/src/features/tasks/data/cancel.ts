import { api } from "@/api/client";

/** Stops a task; what it had not finished is removed. */
export const stopTask = (id: string) => api.post("/workflow/cancel/{id}", { path: { id } });
