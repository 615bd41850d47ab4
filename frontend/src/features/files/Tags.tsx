import { Badge, Group } from "@mantine/core";
import { router } from "@/app/router";
import { searchUri } from "@/api/search";
import { rootUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";

const PREFIX = "tag:";

export function tagsOf(file: FileItem): { name: string; colour: string }[] {
  return Object.entries(file.metadata ?? {})
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, colour]) => ({ name: key.slice(PREFIX.length), colour }));
}

export function Tags({ file, most }: { file: FileItem; most: number }) {
  const tags = tagsOf(file);
  if (tags.length === 0) return null;
  return (
    <Group gap={4} wrap="nowrap">
      {tags.slice(0, most).map(({ name, colour }) => (
        <Badge
          key={name}
          size="sm"
          variant="default"
          tt="none"
          maw={130}
          style={{ cursor: "pointer", flex: "none" }}
          leftSection={colour ? <span style={{ width: 8, height: 8, borderRadius: 8, background: colour, display: "block" }} /> : undefined}
          onClick={(event) => {
            event.stopPropagation();
            void router.navigate({ to: "/home", search: { path: searchUri(rootUri(file.path), { words: "", tag: name }) } });
          }}
        >
          {name}
        </Badge>
      ))}
      {tags.length > most && (
        <Badge size="sm" variant="default">
          +{tags.length - most}
        </Badge>
      )}
    </Group>
  );
}
