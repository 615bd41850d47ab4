/** Files, blobs and shares of everybody. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type FileRow = components["schemas"]["StoredFile"];
export type BlobRow = components["schemas"]["StoredEntity"];
export type ShareRow = components["schemas"]["StoredShare"];

export const loadFiles = async (asked: Asked) => {
  const page = await api.post("/admin/file", { body: asked });
  return { rows: page.files, total: page.pagination.total_items ?? 0 };
};

export const fileQuery = (id: number) => queryOptions({ queryKey: keys.admin("files", "one", id), queryFn: () => api.get("/admin/file/{id}", { path: { id } }) });

export const fileUrl = (id: number) => api.get("/admin/file/url/{id}", { path: { id } });

/** Renames; what is kept with the file stays as it is shown. */
export const renameFile = (row: FileRow, name: string) => {
  const metadata = (row.edges.metadata ?? []).map(({ id, name: key, value }) => ({ id, name: key, value: value ?? "" }));
  const direct_links = (row.edges.direct_links ?? []).map(({ id }) => ({ id }));
  return api.put("/admin/file/{id}", { path: { id: row.id }, body: { file: { id: row.id, name, edges: { metadata, direct_links } } } });
};

export const deleteFiles = (ids: number[]) => api.post("/admin/file/batch/delete", { body: { ids } });

export const loadBlobs = async (asked: Asked) => {
  const page = await api.post("/admin/entity", { body: asked });
  return { rows: page.entities, total: page.pagination.total_items ?? 0 };
};

export const blobQuery = (id: number) => queryOptions({ queryKey: keys.admin("blobs", "one", id), queryFn: () => api.get("/admin/entity/{id}", { path: { id } }) });

export const blobUrl = (id: number) => api.get("/admin/entity/url/{id}", { path: { id } });

export const deleteBlobs = (ids: number[], force = false) => api.post("/admin/entity/batch/delete", { body: { ids, force } });

export const loadShares = async (asked: Asked) => {
  const page = await api.post("/admin/share", { body: asked });
  return { rows: page.shares, total: page.pagination.total_items ?? 0 };
};

export const deleteShares = (ids: number[]) => api.post("/admin/share/batch/delete", { body: { ids } });
