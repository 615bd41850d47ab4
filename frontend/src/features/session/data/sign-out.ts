import { api } from "@/api/client";

export const endSession = (refreshToken: string) => api.delete("/session/token", { body: { refresh_token: refreshToken }, background: true });
