/** What a move still keeps where it was: links that were given out lead there until they have run out. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime } from "@/ui/format";
import { type LeftBehind as Left, leftBehindOf } from "./task-left-behind";

export function LeftBehind({ task }: { task?: Parameters<typeof leftBehindOf>[0] | null }) {
  const { t } = useTranslation();
  const all = task ? leftBehindOf(task, Date.now()) : [];
  const said = ({ bytes, policy, until }: Left) => t("tasks.leftBehind", { size: formatBytes(bytes), policy, time: formatFullTime(until) });
  return all.map((one) => (
    <Text key={`${one.policy} ${one.until}`} size="sm" style={{ overflowWrap: "anywhere" }}>
      {said(one)}
    </Text>
  ));
}
