/** Where are the bytes to go? */
import { Group, SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import { IconArrowsSplit, IconBrandOnedrive, IconBucket, IconCloud, IconCopy, IconFolder, IconServer, IconWorldShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "../../admin.module.css";
import { word } from "../../words";
import { OFFERED, type PolicyKind } from "./kinds";

const ICONS: Partial<Record<PolicyKind, typeof IconCloud>> = { local: IconFolder, remote: IconServer, mirror: IconCopy, load_balance: IconArrowsSplit, s3: IconBucket, webdav: IconWorldShare, ks3: IconBucket, azure: IconBucket, gcs: IconBucket, onedrive: IconBrandOnedrive };

export function KindStep({ chosen, choose }: { chosen?: PolicyKind; choose: (kind: PolicyKind) => void }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {OFFERED.map((kind) => {
        const Icon = ICONS[kind] ?? IconCloud;
        return (
          <UnstyledButton key={kind} className={classes.kindCard} data-chosen={kind === chosen || undefined} data-kind={kind} onClick={() => choose(kind)}>
            <Group gap="sm" wrap="nowrap" align="start">
              <Icon size={22} style={{ flex: "none" }} />
              <div>
                <Text fw={600}>{word(`policy_${kind}`)}</Text>
                <Text size="sm" c="dimmed">
                  {t(`admin.policy.kinds.${kind}`)}
                </Text>
              </div>
            </Group>
          </UnstyledButton>
        );
      })}
    </SimpleGrid>
  );
}
