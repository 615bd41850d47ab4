/** To a vendor: parts in any order, which it joins by what they are called; then our server has to know. */
import { tellWhole } from "@/api/bucket";
import { ApiError, Code, hasCode } from "@/api/error";
import { passes } from "../../patience";
import type { Carrier, Direct, Session } from "../../types";

/** How a vendor is spoken to. */
interface Speech {
  /** Answers what the part is called. */
  put: (to: Direct, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal) => Promise<string>;
  join: (to: Direct, tags: readonly string[], signal: AbortSignal) => Promise<void>;
}

/** Some vendors tell our server themselves: then it knows already, or hears it twice. */
export const toVendor = ({ put, join }: Speech): Carrier => ({
  async send(session, index, chunk, progress, signal) {
    return await put(routeOf(session), index, chunk, progress, signal);
  },

  async finish(session, tags, signal) {
    const route = routeOf(session);
    const tell = () => tellWhole(route.kind, session.id, route.secret, signal);
    try {
      await join(route, tags, signal);
    } catch (error) {
      signal.throwIfAborted();
      return await tell().catch((told: unknown) => {
        throw better(error, told);
      });
    }
    await tell();
  },
});

/**
 * The parts may have been joined all the same, and the answer was lost, now or on an earlier page:
 * our server tells. Where it cannot tell yet it is asked again, unless the vendor said a plain no.
 */
const better = (joining: unknown, told: unknown): unknown => (passes(told) && !hasCode(joining, Code.bucketRefused) ? told : joining);

const routeOf = ({ direct }: Session): Direct => given(direct);

export function given<T>(told: T | undefined): T {
  if (told === undefined) throw new ApiError(Code.bucketRefused, "no address for a part");
  return told;
}
