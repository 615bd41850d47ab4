/** Programs that ask to act for the account. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

export const programQuery = (id: string | undefined, account: string | undefined) =>
  queryOptions({
    queryKey: keys.program(id, account),
    queryFn: () => api.get("/session/oauth/app/{guid}", { path: { guid: id ?? "" } }),
    enabled: !!account && !!id,
  });

type Asked = Parameters<typeof api.post<"/session/oauth/consent">>[1]["body"];

/** What a program asks for comes from its address, so anything may be missing: the server says so. */
export const giveConsent = (asked: Partial<Asked>) => api.post("/session/oauth/consent", { body: asked as Asked });
