/** Damaged blobs, one after the other: what became of each. */
import { type DamagedPage, type DamagedRow, damagedIn, type Health } from "../data/health";

export interface Settled {
  /** Given to people again. */
  whole: number;
  /** Damaged still. */
  left: number;
  /** What kept some of them from being read. */
  failures: unknown[];
}

/**
 * What fails for one of them says nothing of the others.
 * @param act answers whether one is damaged still
 * @param tell hears how many are done
 */
export async function settle(ids: number[], act: (id: number) => Promise<boolean>, tell: (done: number) => void = () => {}): Promise<Settled> {
  const settled: Settled = { whole: 0, left: 0, failures: [] };
  for (const [at, id] of ids.entries()) {
    tell(at);
    try {
      if (await act(id)) settled.left += 1;
      else settled.whole += 1;
    } catch (caught) {
      settled.failures.push(caught);
    }
  }
  return settled;
}

/** There are as many bytes as there were, so that they may be the right ones after all. */
export const canBeTaken = ({ damage }: DamagedRow) => damage === "content";

/** Whether the list of them is not what it will be, by what the policies say. */
export function isBehind(pages: DamagedPage[] | undefined, health: Health): boolean {
  // Of a part that is shown nothing can be counted.
  if (!pages || pages.at(-1)?.more) return health.running;
  return pages.reduce((sum, { entities }) => sum + entities.length, 0) !== damagedIn(health);
}

/** Such as `beach.jpg (alice@example.com)`. */
export const fileNames = ({ files }: DamagedRow) => files.map(({ name, edges }) => (edges.owner ? `${name} (${edges.owner.email})` : name)).join(", ");

/** By the files that hold it; by its key where nobody does any more. */
export const nameOf = ({ files, source }: DamagedRow) => files[0]?.name ?? source;
