/** How the folder is shown: layout, order, columns, pictures. */
import { ActionIcon, Button, Popover, SegmentedControl, Slider, Stack, Switch, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconArrowDown, IconArrowUp, IconLayoutGrid, IconList, IconPhoto, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FilterField } from "./QuickFilter";
import { Column, type Layout, type ShownView } from "./view";
import classes from "./view.module.css";

interface Props {
  view: ShownView;
  onView: (change: Partial<ShownView>) => void;
  onRefresh: () => void;
  /** Results of searches have an order of their own. */
  sortable: boolean;
  narrow: boolean;
}

const LAYOUTS: [Layout, typeof IconList][] = [
  ["list", IconList],
  ["grid", IconLayoutGrid],
  ["gallery", IconPhoto],
];
const ORDERS = ["name", "size", "updated_at", "created_at"] as const;
const COLUMNS = [
  ["modified", Column.modified],
  ["size", Column.size],
  ["created", Column.created],
  ["tags", Column.tags],
] as const;

export function ViewMenu(props: Props) {
  const { view, onView, onRefresh, sortable, narrow } = props;
  const { t } = useTranslation();
  return (
    <>
      {!narrow && <Layouts {...props} />}
      <Popover position="bottom-end" width={260} shadow="lg" trapFocus returnFocus>
        <Popover.Target>
          <ActionIcon size="lg" aria-label={t("files.viewOptions")}>
            <IconAdjustmentsHorizontal size={20} />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown aria-label={t("files.viewOptions")} p="xs">
          <Stack gap="sm">
            {narrow && (
              <>
                <Layouts {...props} />
                <FilterField />
              </>
            )}
            {sortable && (
              <Part title={t("files.sortBy")}>
                {ORDERS.map((by) => (
                  <Choice key={by} chosen={view.order === by} up={view.direction === "asc"} label={t(`files.order.${by}`)} onClick={() => onView({ order: by, direction: view.order === by && view.direction === "asc" ? "desc" : "asc" })} />
                ))}
              </Part>
            )}
            {view.layout === "list" && !narrow && (
              <Part title={t("files.columns")}>
                {COLUMNS.map(([name, type]) => (
                  <Toggle key={type} label={t(`files.${name}`)} on={view.columns.some((column) => column.type === type)} onChange={() => onView({ columns: toggled(view, type) })} />
                ))}
              </Part>
            )}
            <Toggle label={t("files.thumbnails")} on={view.thumbnails} onChange={() => onView({ thumbnails: !view.thumbnails })} />
            {view.layout === "gallery" && (
              <Part title={t("files.tileSize")}>
                <Slider mx={8} my={6} min={120} max={400} step={20} label={null} defaultValue={view.tile} thumbLabel={t("files.tileSize")} onChangeEnd={(tile) => onView({ tile })} />
              </Part>
            )}
            {narrow && (
              <Button variant="default" leftSection={<IconRefresh size={17} />} onClick={onRefresh}>
                {t("files.refresh")}
              </Button>
            )}
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}

function toggled(view: ShownView, type: number): ShownView["columns"] {
  const others = view.columns.filter((column) => column.type !== type);
  return others.length < view.columns.length ? others : [...others, { type }];
}

function Layouts({ view, onView, narrow }: Props) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      fullWidth={narrow}
      value={view.layout}
      onChange={(layout) => onView({ layout: layout as Layout })}
      aria-label={t("files.layout")}
      data={LAYOUTS.map(([value, Icon]) => ({
        value,
        label: (
          <>
            <Icon size={17} style={{ display: "block", margin: "auto" }} aria-hidden />
            <VisuallyHidden>{t(`files.layouts.${value}`)}</VisuallyHidden>
          </>
        ),
      }))}
    />
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={title}>
      <Text size="xs" fw={600} c="dimmed" px={8} pb={2}>
        {title}
      </Text>
      {children}
    </div>
  );
}

function Choice({ chosen, up, label, onClick }: { chosen: boolean; up: boolean; label: string; onClick: () => void }) {
  const Arrow = up ? IconArrowUp : IconArrowDown;
  return (
    <UnstyledButton className={classes.line} aria-pressed={chosen} onClick={onClick}>
      {label}
      {chosen && <Arrow size={16} aria-hidden />}
    </UnstyledButton>
  );
}

function Toggle({ label, on, onChange }: { label: string; on: boolean; onChange: () => void }) {
  return <Switch size="sm" className={classes.line} labelPosition="left" label={label} checked={on} onChange={onChange} styles={{ root: { display: "block" }, body: { width: "100%", justifyContent: "space-between", alignItems: "center" } }} />;
}
