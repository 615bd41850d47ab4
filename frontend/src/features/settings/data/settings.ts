import { accounts } from "@/api/accounts";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";

type Change = Parameters<typeof api.patch<"/user/setting">>[1]["body"];

/** The change before: what is chosen last is to be what stays, whichever answer comes first. */
let before: Promise<unknown> = Promise.resolve();

export async function changeSettings(change: Change): Promise<void> {
  const sent = before.then(() => api.patch("/user/setting", { body: change, keepalive: true }));
  before = sent.catch(() => {});
  await sent;
  await queryClient.invalidateQueries({ queryKey: keys.settings() });
}

/** What others see of the account, kept up to date here too. */
export function changeUser(change: Parameters<typeof accounts.update>[1]) {
  const id = accounts.current()?.user.id;
  if (id) accounts.update(id, change);
}
