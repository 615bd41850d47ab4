import { api } from "@/api/client";

export const makeCurrent = (uri: string, version: string) => api.post("/file/version/current", { body: { uri, version } });
export const deleteVersion = (uri: string, version: string) => api.delete("/file/version", { body: { uri, version } });
