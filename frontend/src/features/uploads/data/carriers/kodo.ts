import { joinParts, type Kodo, putPart } from "@/api/kodo";
import type { Carrier, Direct } from "../../types";
import { given, toVendor } from "./direct";

const upload = ({ urls, credential, mimeType }: Direct): Kodo => ({ url: given(urls[0]), token: given(credential), mimeType });

/** To Qiniu's Kodo: one address for everything, and a token. */
export const toKodo: Carrier = toVendor({
  put: (to, index, chunk, progress, signal) => putPart(upload(to), index, chunk, progress, signal),
  join: (to, tags, signal) => joinParts(upload(to), tags, signal),
});
