import { useSyncExternalStore } from "react";
import { type Account, accounts } from "./accounts";
import { hasBit } from "./bits";
import { useConfig } from "./config";

export function useAccounts() {
  return useSyncExternalStore(accounts.subscribe, accounts.snapshot);
}

/** The account in use, unless its session has ended. */
export function useAccount(): Account | undefined {
  useAccounts();
  return accounts.current();
}

/** Whether the account's group, or that of visitors without one, may do something (see `May`). */
export function useMay(bit: number): boolean {
  const visitor = useConfig("basic")?.user;
  const user = useAccount()?.user ?? (visitor?.anonymous ? visitor : undefined);
  return hasBit(user?.group?.permission, bit);
}
