import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Task } from "@/api/wire";

/** One task as it is now. */
export const readTask = (id: string): Promise<Task> => api.get("/workflow/task/{id}", { path: { id }, background: true });

/** The same, with what lists leave out. */
export const wholeTaskQuery = ({ id }: Task) => queryOptions({ queryKey: keys.wholeTask(id), queryFn: () => readTask(id) });
