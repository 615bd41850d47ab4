/** Dragging files onto folders, and files of the computer onto the page. */
import { type DragEvent, useRef, useState } from "react";
import { isWithin, parentUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { shownName } from "@/ui/names";
import { transfer } from "./actions";
import { useFiles } from "@/shared/files/store";

export const isFromOutside = (event: { dataTransfer: DataTransfer | null }) =>
  event.dataTransfer?.types.includes("Files") ?? false;

export function startDrag(event: DragEvent, file: FileItem, all: readonly FileItem[]) {
  const { selected } = useFiles.getState();
  const dragged = selected.has(file.path) ? all.filter((each) => selected.has(each.path)) : [file];
  useFiles.setState({ dragged });
  event.dataTransfer.effectAllowed = "copyMove";
  event.dataTransfer.setData("text/plain", dragged.map((each) => each.name).join("\n"));
  const badge = document.createElement("div");
  badge.textContent = `${shownName(file.name)}${dragged.length > 1 ? ` +${dragged.length - 1}` : ""}`;
  badge.style.cssText =
    "position:fixed;top:-100px;padding:8px 14px;border-radius:10px;background:var(--mantine-primary-color-filled);color:#fff;font:600 14px system-ui;max-width:260px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap";
  document.body.append(badge);
  event.dataTransfer.setDragImage(badge, -12, -8);
  setTimeout(() => badge.remove());
}

export const endDrag = () => useFiles.setState({ dragged: [] });

/** Handlers for a place files can be dropped on; `uploadHere` takes those from outside. */
export function useDrop(uploadHere?: (event: DragEvent, uri: string) => void) {
  const [over, setOver] = useState<string>();
  const opening = useRef<ReturnType<typeof setTimeout>>(undefined);
  return (uri: string, open?: () => void) => ({
    over: over === uri,
    onDragOver: (event: DragEvent) => {
      const { dragged } = useFiles.getState();
      const outside = isFromOutside(event) && uploadHere;
      if (!outside && (dragged.length === 0 || dragged.some((each) => isWithin(uri, each.path) || (!event.ctrlKey && sameFolder(each, uri))))) return;
      event.preventDefault();
      event.stopPropagation();
      event.dataTransfer.dropEffect = outside || event.ctrlKey ? "copy" : "move";
      if (over !== uri) {
        setOver(uri);
        clearTimeout(opening.current);
        if (open) opening.current = setTimeout(open, 1200);
      }
    },
    onDragLeave: () => {
      clearTimeout(opening.current);
      setOver((was) => (was === uri ? undefined : was));
    },
    onDrop: (event: DragEvent) => {
      clearTimeout(opening.current);
      setOver(undefined);
      event.preventDefault();
      event.stopPropagation();
      if (isFromOutside(event)) return uploadHere?.(event, uri);
      const { dragged } = useFiles.getState();
      endDrag();
      void transfer(dragged, uri, event.ctrlKey);
    },
  });
}

const sameFolder = (file: FileItem, folder: string) => parentUri(file.path) === parentUri(`${folder.replace(/\/$/, "")}/x`);
