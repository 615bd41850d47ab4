/** Names of downloads that something in their folder has already. */
import { queryOptions } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { childUri } from "@/api/uri";
import { readInfo } from "@/shared/data/info";
import { numbered } from "@/ui/names";

/** So many names are looked at, and so many numbers for each. */
const [MOST, TRIES] = [20, 10];

export interface TakenName {
  name: string;
  /** What the file is called that comes beside it; nothing if nobody knows. */
  beside?: string;
}

/** What a file is called that a link leads to, as far as the link says so. */
export function nameOfLink(link: string): string | undefined {
  if (!/^(https?|ftps?|sftp):/i.test(link)) return undefined;
  try {
    const last = new URL(link).pathname.split("/").at(-1);
    return decodeURIComponent(last ?? "") || undefined;
  } catch {
    return undefined;
  }
}

/** The names of links that come twice, or are taken in a folder. */
export const takenQuery = (folder: string, links: readonly string[]) => {
  const names = links.map(nameOfLink).filter((name) => name !== undefined).slice(0, MOST);
  const asked = [...new Set(names)];
  return queryOptions({
    queryKey: keys.taken(folder, asked),
    enabled: asked.length > 0,
    staleTime: 0,
    queryFn: async () => {
      const isThere = (name: string) => readInfo(childUri(folder, name)).then(
        () => true,
        // Whatever else is wrong is said by who brings it.
        () => false,
      );
      const beside = async (name: string) => {
        for (let number = 1; number <= TRIES; number += 1) {
          const free = numbered(name, number);
          if (!asked.includes(free) && !(await isThere(free))) return free;
        }
        return undefined;
      };
      const there = await Promise.all(asked.map(isThere));
      const taken = asked.filter((name, at) => there[at] || names.indexOf(name) !== names.lastIndexOf(name));
      return await Promise.all(taken.map(async (name): Promise<TakenName> => ({ name, beside: await beside(name) })));
    },
  });
};
