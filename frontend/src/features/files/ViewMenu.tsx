/** How the folder is shown: layout, order, columns, pictures. */
import { ActionIcon, Menu, SegmentedControl, Slider, Switch, Text, VisuallyHidden } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconLayoutGrid, IconList, IconPhoto, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { FilterField } from "./QuickFilter";
import { Column, type Layout, type ShownView } from "./view";

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

export function ViewMenu({ view, onView, onRefresh, sortable, narrow }: Props) {
  const { t } = useTranslation();
  const layouts = (
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
            <Icon size={17} style={{ display: "block" }} aria-hidden />
            <VisuallyHidden>{t(`files.layouts.${value}`)}</VisuallyHidden>
          </>
        ),
      }))}
    />
  );
  const toggleColumn = (type: number) => {
    const has = view.columns.some((column) => column.type === type);
    onView({ columns: has ? view.columns.filter((column) => column.type !== type) : [...view.columns, { type }] });
  };
  return (
    <>
      {!narrow && layouts}
      <Menu position="bottom-end" closeOnItemClick={false} width={240}>
        <Menu.Target>
          <ActionIcon size="lg" aria-label={t("files.viewOptions")}>
            <IconAdjustmentsHorizontal size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {narrow && (
            <>
              <div style={{ padding: 6 }}>{layouts}</div>
              <div style={{ padding: "0 6px 6px" }}>
                <FilterField />
              </div>
              <Menu.Item leftSection={<IconRefresh size={17} />} onClick={onRefresh}>
                {t("files.refresh")}
              </Menu.Item>
            </>
          )}
          {sortable && (
            <>
              <Menu.Label>{t("files.sortBy")}</Menu.Label>
              {(["name", "size", "updated_at", "created_at"] as const).map((by) => (
                <Menu.Item
                  key={by}
                  role="menuitemradio"
                  aria-checked={view.order === by}
                  fw={view.order === by ? 650 : undefined}
                  rightSection={view.order === by ? (view.direction === "asc" ? "↑" : "↓") : undefined}
                  onClick={() => onView({ order: by, direction: view.order === by && view.direction === "asc" ? "desc" : "asc" })}
                >
                  {t(`files.order.${by}`)}
                </Menu.Item>
              ))}
              <Menu.Divider />
            </>
          )}
          {view.layout === "list" && !narrow && (
            <>
              <Menu.Label>{t("files.columns")}</Menu.Label>
              {([["modified", Column.modified], ["size", Column.size], ["created", Column.created], ["tags", Column.tags]] as const).map(([name, type]) => (
                <Menu.Item key={type} component="div" role="presentation" p={0}>
                  <Switch
                    size="xs"
                    p="7px 12px"
                    labelPosition="left"
                    label={t(`files.${name}`)}
                    checked={view.columns.some((column) => column.type === type)}
                    onChange={() => toggleColumn(type)}
                    styles={{ body: { justifyContent: "space-between" } }}
                  />
                </Menu.Item>
              ))}
              <Menu.Divider />
            </>
          )}
          <div style={{ padding: "7px 12px" }}>
            <Switch
              size="xs"
              labelPosition="left"
              label={t("files.thumbnails")}
              checked={view.thumbnails}
              onChange={(event) => onView({ thumbnails: event.currentTarget.checked })}
              styles={{ body: { justifyContent: "space-between" } }}
            />
          </div>
          {view.layout === "gallery" && (
            <div style={{ padding: "4px 12px 12px" }}>
              <Text size="sm" mb={4}>
                {t("files.tileSize")}
              </Text>
              <Slider min={120} max={400} step={20} label={null} defaultValue={view.tile} thumbProps={{ "aria-label": t("files.tileSize") }} onChangeEnd={(tile) => onView({ tile })} />
            </div>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
