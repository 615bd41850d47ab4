/** What came on each of the last days, and who keeps how much, drawn. Each is read out as a list. */
import "@mantine/charts/styles.layer.css";
import { BarChart, DonutChart } from "@mantine/charts";
import { Paper, SimpleGrid, Text } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema.gen";
import { formatBytes, formatDate, formatNumber } from "@/ui/format";

type Summary = components["schemas"]["SiteSummary"];

type Metrics = NonNullable<Summary["metrics_summary"]>;

const SERIES = [
  ["files", "blue.6"],
  ["users", "teal.6"],
  ["shares", "grape.6"],
] as const;
/** More policies than these share a colour; each is named beside its part. */
const COLORS = ["blue.6", "teal.6", "grape.6", "orange.6", "pink.6", "lime.6", "cyan.6", "indigo.6"];

export function DayCharts({ metrics }: { metrics: Metrics }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      {SERIES.map(([kind, color]) => (
        <DayChart key={kind} kind={kind} color={color} days={metrics.dates} values={metrics[kind]} />
      ))}
    </SimpleGrid>
  );
}

interface DayProps {
  kind: (typeof SERIES)[number][0];
  color: string;
  days: string[];
  values: number[];
}

function DayChart({ kind, color, days, values }: DayProps) {
  const { t, i18n } = useTranslation();
  const still = useReducedMotion();
  const short = new Intl.DateTimeFormat(i18n.language, { month: "numeric", day: "numeric" });
  // Beside the bars there is room for `3.6K`.
  const brief = new Intl.NumberFormat(i18n.language, { notation: "compact" });
  const label = t(`admin.charts.${kind}`);
  const said = values.map((value, at) => t("admin.onDay", { day: formatDate(days[at]), number: formatNumber(value) }));
  const data = values.map((value, at) => ({ day: short.format(Date.parse(days[at] ?? "")), value }));
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed" mb="xs">
        {label}
      </Text>
      <div role="img" aria-label={`${label}: ${said.join("; ")}`}>
        <BarChart
          h={140}
          data={data}
          dataKey="day"
          series={[{ name: "value", label, color }]}
          gridAxis="x"
          tickLine="none"
          valueFormatter={formatNumber}
          yAxisProps={{ width: 40, allowDecimals: false, tickFormatter: (value: number) => brief.format(value) }}
          xAxisProps={{ interval: "preserveStartEnd", minTickGap: 24 }}
          barProps={{ isAnimationActive: !still, radius: 2 }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
    </Paper>
  );
}

/** Only where there is something to compare. */
export function StorageChart({ storage }: { storage: Summary["state"]["storage"] }) {
  const { t } = useTranslation();
  const still = useReducedMotion();
  const data = storage.filter(({ bytes }) => bytes > 0).map(({ name, bytes }, at) => ({ name, value: bytes, color: COLORS[at % COLORS.length] ?? "blue.6" }));
  if (data.length < 2) return null;
  const all = data.reduce((sum, { value }) => sum + value, 0);
  return (
    <div role="img" aria-label={`${t("admin.storage")}: ${data.map(({ name, value }) => `${name} ${formatBytes(value)}`).join("; ")}`}>
      <DonutChart data={data} size={140} thickness={22} mx="auto" chartLabel={formatBytes(all)} valueFormatter={formatBytes} pieProps={{ isAnimationActive: !still }} pieChartProps={{ accessibilityLayer: false }} />
    </div>
  );
}
