import { api } from "@/api/client";

type Body = Parameters<typeof api.post<"/workflow/archive">>[1]["body"];

/** Packs files and folders into an archive, in the background. */
export const packFiles = (body: Body) => api.post("/workflow/archive", { body });
