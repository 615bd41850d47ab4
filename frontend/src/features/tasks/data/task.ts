import { api } from "@/api/client";
import type { Task } from "@/api/wire";

/** One task as it is now. */
export const readTask = (id: string): Promise<Task> => api.get("/workflow/task/{id}", { path: { id }, background: true });
