import { api } from "@/api/client";
import type { FolderView } from "@/api/wire";

export const saveView = (uri: string, view: FolderView) => api.patch("/file/view", { body: { uri, view }, background: true });
