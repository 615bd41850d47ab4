import { api } from "@/api/client";

export interface Patch {
  key: string;
  value?: string;
  remove?: boolean;
}

export const saveMetadata = (uris: string[], patches: Patch[]) => api.patch("/file/metadata", { body: { uris, patches } });
