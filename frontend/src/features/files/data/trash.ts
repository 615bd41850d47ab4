import { api } from "@/api/client";

/** To where it was. */
export const restoreFiles = (uris: string[]) => api.post("/file/restore", { body: { uris } });

/** Everything in it, for good. */
export const deleteTrash = () => api.delete("/file/trash");
