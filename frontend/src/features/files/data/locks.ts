import { api } from "@/api/client";

/** Ends the use that holds them. */
export const releaseLocks = (tokens: string[]) => api.delete("/file/lock", { body: { tokens }, background: true });
