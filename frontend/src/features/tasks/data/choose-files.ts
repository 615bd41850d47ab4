import { api } from "@/api/client";

/** Which files of a download are fetched; what is not named stays as it is. */
export const chooseFiles = (id: string, files: { index: number; download: boolean }[]) => api.patch("/workflow/download/{id}", { path: { id }, body: { files } });
