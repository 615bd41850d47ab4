/** How things of the console are written. */
import { Badge } from "@mantine/core";
import i18next from "i18next";

const COLORS: Record<string, string> = {
  active: "teal.9",
  completed: "teal.9",
  processing: "blue.9",
  partly: "orange.9",
  error: "red.9",
  manual_banned: "red.9",
  sys_banned: "red.9",
};

export const word = (value: string) => (i18next.exists(`admin.words.${value}`) ? i18next.t(`admin.words.${value}`) : value);

/** A state, in a colour of its own; never cut, for it is the shortest way to say it already. */
export const State = ({ value }: { value: string }) => (
  <Badge variant="dot" color={COLORS[value] ?? "gray.6"} tt="none" miw="max-content">
    {word(value)}
  </Badge>
);
