import { api } from "@/api/client";

/** To the trash, or for good. */
export const deleteFiles = (uris: string[], forGood?: boolean) => api.delete("/file", { body: { uris, skip_soft_delete: forGood || undefined } });
