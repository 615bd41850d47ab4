/** The second factor and the codes that stand in for it. It is switched on and off like any other setting. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** A new secret each time; asked for once, and forgotten. */
export const secretQuery = queryOptions({
  queryKey: keys.secret(),
  queryFn: () => api.get("/user/setting/2fa"),
  gcTime: 0,
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** How many codes are left. */
export const recoveryQuery = queryOptions({ queryKey: keys.recovery(), queryFn: () => api.get("/user/setting/2fa/recovery") });

/** The codes of before are good for nothing then. */
export const renewRecovery = async (code: string) => (await api.post("/user/setting/2fa/recovery", { body: { two_fa_code: code } })).codes;
