import { api } from "@/api/client";
import { asFile, type FileItem } from "@/api/wire";

interface New {
  uri: string;
  type: "file" | "folder";
  metadata?: Record<string, string>;
  /** What is there already is no success. */
  err_on_conflict?: boolean;
}

export const createEntry = async (body: New): Promise<FileItem> => asFile(await api.post("/file/create", { body }));
