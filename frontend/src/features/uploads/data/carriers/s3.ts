import { type Joining, joinParts, putPart, tellWhole } from "@/api/bucket";
import { ApiError, Code, hasCode } from "@/api/error";
import { passes } from "../../patience";
import type { Carrier, Direct, Session } from "../../types";

/**
 * To a bucket of S3 and its like: parts in any order, which it joins by their ETags; then our server has to
 * know. Some vendors tell it themselves: then it knows already, or hears it twice.
 */
export const toBucket = (joining: Joining = {}): Carrier => ({
  async send(session, index, chunk, progress, signal) {
    return await putPart(given(routeOf(session).urls[index]), chunk, progress, signal, joining);
  },

  async finish(session, tags, signal) {
    const { kind, secret, completeUrl } = routeOf(session);
    const tell = () => tellWhole(kind, session.id, secret, signal);
    try {
      await joinParts(given(completeUrl), tags, signal, joining);
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
 * our server tells. Where it cannot tell yet it is asked again, unless the bucket said a plain no.
 */
const better = (joining: unknown, told: unknown): unknown => (passes(told) && !hasCode(joining, Code.bucketRefused) ? told : joining);

const routeOf = ({ direct }: Session): Direct => direct ?? missing();
const given = (url: string | undefined): string => url ?? missing();

function missing(): never {
  throw new ApiError(Code.bucketRefused, "no address for a part");
}
