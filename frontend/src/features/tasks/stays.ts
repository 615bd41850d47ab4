/** What there is of a task that is stopped: names a text of “tasks.stays”. */
import type { Task } from "@/api/wire";

/** Downloads come into the drive only when all of them is fetched. */
const OF_DOWNLOADS: Record<string, string> = { transfer: "someCame", seeding: "allCame" };

export function staysOf({ type, summary }: Task): string {
  if (type === "create_archive") return "packed";
  if (type === "extract_archive") return "unpacked";
  if (type === "remote_download") return OF_DOWNLOADS[summary?.phase ?? ""] ?? "fetched";
  return "done";
}

/** What there is of a task that was stopped: names a text of “tasks.stayed”; nothing where nothing stayed, it had not begun, or nobody knows. */
export function stayedOf(task: Task): string | undefined {
  if (task.status !== "canceled" || !task.duration) return undefined;
  const stays = staysOf(task);
  return stays === "unpacked" || stays === "someCame" || stays === "allCame" ? stays : undefined;
}
