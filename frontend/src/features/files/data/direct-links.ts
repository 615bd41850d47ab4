/** Links that lead to a file itself, for as long as they are not removed. */
import { api } from "@/api/client";

export const makeDirectLinks = (uris: string[]) => api.put("/file/source", { body: { uris } });
export const deleteDirectLink = (id: string) => api.delete("/file/source/{id}", { path: { id } });
