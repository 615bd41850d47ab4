import { sendChunk } from "@/api/bytes";
import type { Carrier } from "../../types";

/** To our server, which keeps the bytes or passes them on. The last chunk makes it a file. */
export const here: Carrier = {
  send: async ({ id }, index, chunk, progress, signal) => {
    await sendChunk(id, index, chunk, progress, signal);
    return undefined;
  },
};
