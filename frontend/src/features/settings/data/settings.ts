import { queryOptions } from "@tanstack/react-query";
import { accounts } from "@/api/accounts";
import { call } from "@/api/client";
import type { Settings } from "@/api/wire";
import { queryClient } from "@/api/query-client";

export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: () => call<Settings>("GET", "/user/setting") });

export async function changeSettings(json: Record<string, unknown>): Promise<void> {
  await call("PATCH", "/user/setting", { json });
  await queryClient.invalidateQueries({ queryKey: ["settings"] });
}

/** What others see of the account, kept up to date here too. */
export function changeUser(change: Parameters<typeof accounts.update>[1]) {
  const id = accounts.current()?.user.id;
  if (id) accounts.update(id, change);
}
