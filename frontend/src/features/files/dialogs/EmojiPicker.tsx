/** Many emoji, one stop for the Tab key: arrows go from one to the next. */
import { Group, ScrollArea, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { KeyboardEvent } from "react";

interface Props {
  label: string;
  emojis: string[];
  value: string;
  onChange: (emoji: string) => void;
}

export function EmojiPicker({ label, emojis, value, onChange }: Props) {
  const touch = useMediaQuery("(pointer: coarse)", false, { getInitialValueInEffect: false });
  const stop = emojis.includes(value) ? value : emojis[0];
  return (
    <ScrollArea h={140} mt={4}>
      <Group gap={2} role="toolbar" aria-label={label} onKeyDown={walk} p={3}>
        {emojis.map((each) => (
          <UnstyledButton
            key={each}
            aria-label={each}
            aria-pressed={value === each}
            tabIndex={each === stop ? 0 : -1}
            onClick={() => onChange(each)}
            style={{ fontSize: 22, lineHeight: 1, padding: 5, minWidth: touch ? 40 : undefined, minHeight: touch ? 40 : undefined, borderRadius: 8, background: value === each ? "var(--chosen)" : undefined }}
          >
            {each}
          </UnstyledButton>
        ))}
      </Group>
    </ScrollArea>
  );
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  const top = all[0]?.offsetTop;
  const across = Math.max(1, all.filter((each) => each.offsetTop === top).length);
  const targets: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across, Home: 0, End: all.length - 1 };
  const to = targets[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.focus();
}
