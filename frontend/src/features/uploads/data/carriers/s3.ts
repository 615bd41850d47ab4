import { type Joining, joinParts, putPart } from "@/api/bucket";
import type { Carrier } from "../../types";
import { given, toVendor } from "./direct";

/** To a bucket of S3 and its like: an address a part, and one that joins them. */
export const toBucket = (joining: Joining = {}): Carrier =>
  toVendor({
    put: ({ urls }, index, chunk, progress, signal) => putPart(given(urls[index]), chunk, progress, signal, joining),
    join: ({ completeUrl }, tags, signal) => joinParts(given(completeUrl), tags, signal, joining),
  });
