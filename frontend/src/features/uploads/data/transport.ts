/** How uploads reach the server. */
import { api } from "@/api/client";
import { isFolder } from "@/api/wire";
import { readInfo } from "@/shared/data/info";
import { isPlaceholder } from "@/shared/files/kinds";
import { cancelUpload } from "./cancel";
import { carrierOf } from "./carriers/choose";
import type { Transport } from "../types";

export const transport: Transport = {
  open: (item, replace) =>
    api.put("/file/upload", {
      body: {
        uri: item.uri,
        size: item.size,
        last_modified: item.lastModified,
        mime_type: item.type || undefined,
        entity_type: replace ? "version" : undefined,
        resume: true,
      },
      background: true,
    }),

  carrier: carrierOf,

  cancel: (id, uri) => cancelUpload(id, uri, true),

  async look(uri) {
    const file = await readInfo(uri);
    return {
      isFile: !isFolder(file),
      size: file.size,
      lastModified: Date.parse(file.updated_at),
      unfinished: isPlaceholder(file) ? file.metadata?.["sys:upload_session_id"] : undefined,
    };
  },
};
