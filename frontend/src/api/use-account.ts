import { useSyncExternalStore } from "react";
import { type Account, accounts } from "./accounts";
import { hasBit } from "./bits";

export function useAccounts() {
  return useSyncExternalStore(accounts.subscribe, accounts.snapshot);
}

/** The account in use, unless its session has ended. */
export function useAccount(): Account | undefined {
  useAccounts();
  return accounts.current();
}

/** Whether the account's group may do something (see `May`). */
export function useMay(bit: number): boolean {
  return hasBit(useAccount()?.user.group?.permission, bit);
}
