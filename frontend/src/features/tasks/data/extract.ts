import { api } from "@/api/client";
import type { Task } from "@/api/wire";

type Body = Parameters<typeof api.post<"/workflow/extract">>[1]["body"];

/** Unpacks an archive into a folder, in the background. */
export const unpackArchive = (body: Body) => api.post("/workflow/extract", { body });

export interface Begun {
  tasks: Task[];
  /** What could not be begun, and why. */
  rest: string[];
  error?: unknown;
}

/**
 * A task for each archive, one after the other: up to the first that is refused, since what is wrong
 * with it (the folder, a right, too many at once) is wrong with those after it as well.
 */
export async function unpackEach(archives: readonly string[], how: (archive: string) => Omit<Body, "src"> | Promise<Omit<Body, "src">>): Promise<Begun> {
  const tasks: Task[] = [];
  for (const [at, archive] of archives.entries()) {
    try {
      tasks.push(await unpackArchive({ src: [archive], ...(await how(archive)) }));
    } catch (error) {
      return { tasks, rest: archives.slice(at), error };
    }
  }
  return { tasks, rest: [] };
}
