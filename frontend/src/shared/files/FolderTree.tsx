/** The folders of the drive as a tree; each level is read when it is opened. */
import { useQuery } from "@tanstack/react-query";
import { IconChevronRight, IconFolder, IconHome } from "@tabler/icons-react";
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isWithin, MY_ROOT } from "@/api/uri";
import { subfoldersQuery } from "../data/folder";
import { FileIcon } from "./FileIcon";
import type { FileItem } from "@/api/wire";
import { shownName } from "@/ui/names";
import classes from "./tree.module.css";

interface Props {
  current: string;
  label: string;
  onChoose: (uri: string) => void;
  /** Lets things be dropped on a folder. */
  dropOn?: (uri: string) => { onDragOver: (event: DragEvent) => void; onDrop: (event: DragEvent) => void; onDragLeave: () => void; over: boolean };
}

export function FolderTree(props: Props) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a tree is a list of lists
    <ul role="tree" aria-label={props.label} className={classes.tree} onKeyDown={walk}>
      <Branch {...props} uri={MY_ROOT} name={t("files.myFiles")} depth={0} open />
    </ul>
  );
}

function Branch({ open: openAtFirst, uri, name, file, depth, ...rest }: Props & { uri: string; name: string; file?: FileItem; depth: number; open?: boolean }) {
  const { current, onChoose, dropOn } = rest;
  const leads = current !== uri && safeWithin(current, uri);
  const [opened, setOpened] = useState(!!openAtFirst || leads);
  useEffect(() => {
    if (leads) setOpened(true);
  }, [leads]);
  const below = useQuery({ ...subfoldersQuery(uri), enabled: opened });
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (current === uri) line.current?.scrollIntoView({ block: "nearest" });
  }, [current, uri]);
  // Who was looked into is known better than who was only heard of.
  const leaf = opened && below.data ? below.data.length === 0 : file?.has_subfolders === false;
  const drop = dropOn?.(uri);
  return (
    <li role="none">
      <div
        ref={line}
        role="treeitem"
        aria-expanded={leaf ? undefined : opened}
        aria-selected={current === uri}
        aria-level={depth + 1}
        aria-label={shownName(name)}
        tabIndex={current === uri || (depth === 0 && !safeWithin(current, uri)) ? 0 : -1}
        className={classes.item}
        data-current={current === uri || undefined}
        data-over={drop?.over || undefined}
        style={{ paddingInlineStart: 6 + depth * 16 }}
        onClick={() => onChoose(uri)}
        onDragOver={drop?.onDragOver}
        onDragLeave={drop?.onDragLeave}
        onDrop={drop?.onDrop}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") onChoose(uri);
          else if (event.key === "ArrowRight" && !opened && !leaf) setOpened(true);
          else if (event.key === "ArrowLeft" && opened && !leaf) setOpened(false);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <span
          className={classes.twist}
          data-open={opened || undefined}
          data-empty={leaf || undefined}
          aria-hidden
          onClick={(event) => {
            event.stopPropagation();
            setOpened((was) => !was);
          }}
        >
          <IconChevronRight size={15} />
        </span>
        {depth === 0 ? <IconHome size={18} stroke={1.6} /> : file ? <FileIcon file={file} size={18} /> : <IconFolder size={18} />}
        <span className={classes.name}>{shownName(name)}</span>
      </div>
      {opened && !!below.data?.length && (
        <ul role="group" className={classes.tree}>
          {below.data.map((child) => (
            <Branch key={child.path} {...rest} uri={child.path} name={child.name} file={child} depth={depth + 1} />
          ))}
        </ul>
      )}
    </li>
  );
}

function safeWithin(inner: string, outer: string): boolean {
  try {
    return isWithin(inner, outer);
  } catch {
    return false;
  }
}

/** Through what is visible: up and down, into an open folder, and out of a closed one to where it lies. */
function walk(event: KeyboardEvent<HTMLUListElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const depth = (item: HTMLElement | undefined) => Number(item?.ariaLevel ?? 0);
  const deeper = depth(items[at + 1]) > depth(items[at]);
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowDown: items[at + 1],
    ArrowUp: items[at - 1],
    ArrowRight: deeper ? items[at + 1] : undefined,
    ArrowLeft: items.slice(0, at).findLast((item) => depth(item) < depth(items[at])),
    Home: items[0],
    End: items.at(-1),
  };
  if (!(event.key in targets)) return;
  targets[event.key]?.focus();
  event.preventDefault();
}
