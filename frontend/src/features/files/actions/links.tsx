import { lazy } from "react";
import { ApiError, Code } from "@/api/error";
import type { FileItem, MadeLink } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { refreshFolders } from "@/shared/data/changes";
import { makeDirectLinks } from "../data/direct-links";
import { tellFailure } from "@/shared/files/failure";

const DirectLinksDialog = lazy(() => import("../dialogs/DirectLinksDialog"));

export async function showDirectLinks(items: readonly FileItem[]): Promise<void> {
  let links: MadeLink[] = [];
  let trouble: ApiError | undefined;
  try {
    links = await makeDirectLinks(items.map((item) => item.path));
  } catch (error) {
    const some = error instanceof ApiError && error.code === Code.partly && Array.isArray(error.data);
    if (!some) return tellFailure(error);
    links = error.data as MadeLink[];
    trouble = error;
  }
  refreshFolders();
  if (links.length > 0) await ask<void>((done) => <DirectLinksDialog links={links} done={done} />);
  if (trouble) tellFailure(trouble);
}
