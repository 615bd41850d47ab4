/** Programs and other places the account is connected with. */
import { api } from "@/api/client";

export const revokeGrant = (program: string) => api.delete("/session/oauth/grant/{guid}", { path: { guid: program } });
export const unlinkProvider = (provider: number) => api.delete("/session/openid/{provider_id}", { path: { provider_id: provider } });
