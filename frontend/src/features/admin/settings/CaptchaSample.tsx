/** A picture that visitors might get to read. */
import { ActionIcon, Group, Image, Skeleton, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { captchaSampleQuery } from "../data/settings";

/** Kinds that are drawn here; the second one is told of no more, and drawn like the first. */
const DRAWN = ["normal", "tcaptcha"];

export function CaptchaSample({ kind }: { kind: string }) {
  return DRAWN.includes(kind) ? <Sample /> : null;
}

function Sample() {
  const { t } = useTranslation();
  const [round, setRound] = useState(0);
  const { data, error, isFetching } = useQuery(captchaSampleQuery(round));
  return (
    <Stack gap={4}>
      <Group gap="xs">
        {data ? <Image src={data.image} alt={t("admin.captchaSample")} h={60} w="auto" maw="100%" fit="contain" radius="sm" bg="#fff" /> : <Skeleton h={60} w={200} />}
        <ActionIcon size="lg" aria-label={t("admin.anotherSample")} loading={isFetching} onClick={() => setRound(round + 1)}>
          <IconRefresh size={18} />
        </ActionIcon>
      </Group>
      <Text size="xs" c={error ? "red.9" : "dimmed"}>
        {error ? errorText(error) : t("admin.sampleIsSaved")}
      </Text>
    </Stack>
  );
}
