import { Badge } from "@mantine/core";
import { router } from "@/shared/router";
import { searchUri } from "@/api/search";
import { rootUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import classes from "./tags.module.css";

const PREFIX = "tag:";

export function tagsOf(file: FileItem): { name: string; colour: string }[] {
  return Object.entries(file.metadata ?? {})
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, colour]) => ({ name: key.slice(PREFIX.length), colour }));
}

const MOST = { one: 1, line: 3, all: 8 };

/** @param how as many as a line has room for; one alone, for narrow lines; or all of them */
export function Tags({ file, how }: { file: FileItem; how: keyof typeof MOST }) {
  const tags = tagsOf(file);
  if (tags.length === 0) return null;
  const more = how === "one" ? 0 : tags.length - MOST[how];
  return (
    <span className={classes.tags} data-how={how}>
      {tags.slice(0, MOST[how]).map(({ name, colour }) => (
        <Badge
          key={name}
          size="sm"
          variant="default"
          tt="none"
          className={classes.tag}
          leftSection={colour ? <span className={classes.dot} style={{ background: colour }} /> : undefined}
          onClick={(event) => {
            event.stopPropagation();
            void router.navigate({ to: "/home", search: { path: searchUri(rootUri(file.path), { words: "", tag: name }) } });
          }}
        >
          {name}
        </Badge>
      ))}
      {more > 0 && (
        <Badge size="sm" variant="default">
          +{more}
        </Badge>
      )}
    </span>
  );
}
