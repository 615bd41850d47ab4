import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** What the account has chosen. */
export const settingsQuery = queryOptions({ queryKey: keys.settings(), queryFn: () => api.get("/user/setting") });
