import { api } from "@/api/client";

export const pin = (uri: string, name?: string) => api.put("/file/pin", { body: { uri, name } });
export const unpin = (uri: string) => api.delete("/file/pin", { body: { uri } });
