import { accounts } from "@/api/accounts";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";

type Change = Parameters<typeof api.patch<"/user/setting">>[1]["body"];

export async function changeSettings(change: Change): Promise<void> {
  await api.patch("/user/setting", { body: change });
  await queryClient.invalidateQueries({ queryKey: keys.settings() });
}

/** What others see of the account, kept up to date here too. */
export function changeUser(change: Parameters<typeof accounts.update>[1]) {
  const id = accounts.current()?.user.id;
  if (id) accounts.update(id, change);
}
