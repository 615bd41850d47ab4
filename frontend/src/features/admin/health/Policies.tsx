/** What is known of the bytes of each policy. */
import { Badge, Button, Group, Paper, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatFullTime, formatNumber } from "@/ui/format";
import type { PolicyHealth } from "../data/health";
import { RoomLeft, Works } from "./Standing";
import { kindOf } from "../kinds/policy/kinds";
import { Facts } from "../list/Detail";
import { word } from "../words";

interface Props {
  policies: PolicyHealth[];
  isBusy: boolean;
  read: (policy: number) => void;
}

const kindHere = ({ type, backend }: PolicyHealth) => kindOf({ type, settings: { backend } });
const isMirror = (policy: PolicyHealth) => kindHere(policy) === "mirror";

/** Named by the texts “columns”. */
function factsOf(policy: PolicyHealth): [string, ReactNode][] {
  const kind = kindHere(policy);
  return [
    ["kind", word(`policy_${kind}`)],
    ["works", <Works key="works" policy={policy} />],
    ["room", <RoomLeft key="room" policy={policy} />],
    ["whole_since", formatFullTime(policy.proven_since)],
    ["unhashed", <Count key="unhashed" of={policy.unhashed} />],
    ["damaged", <Count key="damaged" of={policy.damaged} color="red.9" />],
    ["lacking", kind === "mirror" ? <Count key="lacking" of={policy.lacking} color="orange.9" /> : "–"],
  ];
}

/** What there should be none of has a colour. */
const Count = ({ of, color }: { of: number; color?: string }) => (of > 0 && color ? <Badge color={color}>{formatNumber(of)}</Badge> : formatNumber(of));

export function Policies(props: Props) {
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  return narrow ? <Cards {...props} /> : <Rows {...props} />;
}

function Read({ policy: { id, name }, isBusy, read }: { policy: PolicyHealth } & Omit<Props, "policies">) {
  const { t } = useTranslation();
  return (
    <Button size="xs" variant="default" disabled={isBusy} aria-label={t("admin.health.readOf", { name })} onClick={() => read(id)}>
      {t("admin.health.read")}
    </Button>
  );
}

function Cards({ policies, ...props }: Props) {
  return (
    <Stack gap="xs">
      {policies.map((policy) => (
        <Paper key={policy.id} withBorder p="sm" data-policy={policy.id}>
          <Group justify="space-between" wrap="nowrap">
            <Text fw={600} truncate>
              {policy.name}
            </Text>
            <Read policy={policy} {...props} />
          </Group>
          <Facts facts={factsOf(policy)} />
        </Paper>
      ))}
    </Stack>
  );
}

function Rows({ policies, ...props }: Props) {
  const { t } = useTranslation();
  // What belongs together stands in one place, and copies lack only where there are some: so there is
  // room for the rest on a small desk.
  const columns = ["name", "works", "room", "whole_since", "damaged", ...(policies.some(isMirror) ? ["lacking"] : [])];
  return (
    <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": t("admin.pages.policies") } }}>
      <Table verticalSpacing={6} horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((id) => (
              <Table.Th key={id}>{t(`admin.columns.${id}`)}</Table.Th>
            ))}
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {policies.map((policy) => (
            <Table.Tr key={policy.id} data-policy={policy.id}>
              <RowOf policy={policy} columns={columns} />
              {/* In sight however wide the rest is. */}
              <Table.Td ta="end" pos="sticky" right={0} bg="var(--mantine-color-body)">
                <Read policy={policy} {...props} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What is never broken into lines, short as it is. */
const IN_ONE_LINE = ["room", "whole_since", "damaged", "lacking"];

function RowOf({ policy, columns }: { policy: PolicyHealth; columns: string[] }) {
  const { t } = useTranslation();
  const facts = Object.fromEntries(factsOf(policy));
  const below: Record<string, ReactNode> = {
    name: facts.kind,
    whole_since: policy.unhashed > 0 && t("admin.health.unhashed", { count: policy.unhashed }),
  };
  return columns.map((id) => (
    <Table.Td key={id} style={IN_ONE_LINE.includes(id) ? { whiteSpace: "nowrap" } : { overflowWrap: "anywhere" }}>
      {id === "name" ? policy.name : facts[id]}
      {below[id] && (
        <Text size="xs" c="dimmed">
          {below[id]}
        </Text>
      )}
    </Table.Td>
  ));
}
