/** Whether something went on when the page was looked at last. */
const KEY = "alcove.tasks";

export const recall = (account: string) => localStorage.getItem(KEY) === account;

export function remember(account: string, goesOn: boolean) {
  if (goesOn) localStorage.setItem(KEY, account);
  else if (recall(account)) localStorage.removeItem(KEY);
}
