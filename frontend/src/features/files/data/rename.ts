import { api } from "@/api/client";
import { asFile, type FileItem } from "@/api/wire";

export const renameFile = async (uri: string, name: string): Promise<FileItem> => asFile(await api.post("/file/rename", { body: { uri, new_name: name } }));
