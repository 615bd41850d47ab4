import { api } from "@/api/client";

interface How {
  copy: boolean;
  /** What has a taken name gets another one, such as `plan (1).md`. */
  keepBoth?: boolean;
}

/** All of them or none. */
export const moveFiles = (uris: string[], dst: string, { copy, keepBoth }: How) => api.post("/file/move", { body: { uris, dst, copy, keep_both: keepBoth } });
