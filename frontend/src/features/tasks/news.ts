/** Tells of the ends of tasks; comes when there is one. */
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { show } from "./act";
import { readTask } from "./data/task";
import { isActive } from "./data/tasks";
import { isNews, listenAnew, tellEnd } from "./notice";
import { keepEnded } from "./tray-store";

export async function tell(id: string) {
  if (!isNews(id)) return;
  try {
    const task = await readTask(id);
    if (isActive(task)) return listenAnew(id);
    keepEnded(task);
    // What it made or took away is paid for in space.
    void queryClient.invalidateQueries({ queryKey: keys.capacity() });
    tellEnd(task, show);
  } catch {
    // It may be forgotten already.
    listenAnew(id);
  }
}

/** Begun anew elsewhere, their next end is news. */
export function goesOn(ids: readonly string[]) {
  for (const id of ids) listenAnew(id);
}
