import { sendChunk } from "@/api/bytes";
import { api } from "@/api/client";
import type { Carrier } from "../../types";

/** To our server, which keeps the bytes or passes them on. The last chunk makes it a file. */
export const here: Carrier = {
  send: async ({ id }, index, chunk, progress, signal) => {
    await sendChunk(id, index, chunk, progress, signal);
    return undefined;
  },
  // A storage that our server cannot reach is not sent everything again and again to hear that.
  ready: async ({ id }, signal) => {
    await api.get("/file/upload/{session}", { path: { session: id }, signal, background: true });
  },
};
