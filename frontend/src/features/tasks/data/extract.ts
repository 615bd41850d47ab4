import { api } from "@/api/client";

type Body = Parameters<typeof api.post<"/workflow/extract">>[1]["body"];

/** Unpacks an archive into a folder, in the background. */
export const unpackArchive = (body: Body) => api.post("/workflow/extract", { body });
