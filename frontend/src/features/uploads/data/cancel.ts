import { api } from "@/api/client";

/** @param background nobody is there to answer a question about locks */
export const cancelUpload = (id: string, uri: string, background = false) => api.delete("/file/upload", { body: { id, uri }, background });
