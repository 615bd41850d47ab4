/** Where the account is signed in. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

export const sessionsQuery = queryOptions({ queryKey: keys.sessions(), queryFn: () => api.get("/user/setting/sessions") });

export const endSession = (id: string) => api.delete("/user/setting/sessions/{id}", { path: { id } });

/** All but the one that asks. */
export const endOtherSessions = () => api.delete("/user/setting/sessions", { query: { keep_current: true } });
