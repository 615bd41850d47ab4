/** What was read of a kind of thing is read again. */
import { queryClient } from "@/api/query-client";

export const refresh = (kind: string) => queryClient.invalidateQueries({ queryKey: keys.admin(kind) });
import { keys } from "@/api/keys";
