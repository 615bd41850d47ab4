/** Who carries the bytes of a session. */
import { ApiError, Code } from "@/api/error";
import type { Carrier, Session } from "../../types";
import { here } from "./here";
import { toKodo } from "./kodo";
import { toBucket } from "./s3";

/** By the kind of the storage policy. Bytes are never sent to a vendor that is spoken to in another way. */
const VENDORS = new Map<string, Carrier>([
  ["s3", toBucket()],
  ["ks3", toBucket()],
  ["obs", toBucket()],
  ["cos", toBucket({ headers: { "x-cos-forbid-overwrite": "true" } })],
  ["oss", toBucket({ headers: { "x-oss-forbid-overwrite": "true", "x-oss-complete-all": "yes" }, takesAll: true })],
  ["qiniu", toKodo],
]);

export function carrierOf({ direct }: Session): Carrier {
  if (!direct) return here;
  const carrier = VENDORS.get(direct.kind);
  if (!carrier) throw new ApiError(Code.unknownStorage, direct.kind);
  return carrier;
}
