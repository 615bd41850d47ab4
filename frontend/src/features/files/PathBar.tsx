import { ActionIcon, Button, Group, Menu, SegmentedControl, Slider, Switch, Text, TextInput, Tooltip, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconAdjustmentsHorizontal,
  IconChevronRight,
  IconFilter,
  IconFolderPlus,
  IconFolderUp,
  IconInfoCircle,
  IconLayoutGrid,
  IconList,
  IconPhoto,
  IconPlus,
  IconRefresh,
  IconTrashX,
  IconUpload,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { searchOf } from "@/api/search";
import { parseUri, trail } from "@/api/uri";
import { createFolder, emptyTrash } from "./actions";
import { pickFiles, pickFolder } from "./bridge";
import type { useDrop } from "./drag";
import { NewFileItems } from "./NewFileItems";
import { useFiles } from "./store";
import type { Folder } from "./use-folder";
import { Column, type Layout, type ShownView } from "./view";
import classes from "./files.module.css";

interface Props {
  uri: string;
  view: ShownView;
  folder: Folder;
  onView: (change: Partial<ShownView>) => void;
  canCreate: boolean;
  drop: ReturnType<typeof useDrop>;
}

export function PathBar({ uri, view, folder, onView, canCreate, drop }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)");
  const { fs } = parseUri(uri);
  const details = useFiles((state) => state.details);
  return (
    <div className={classes.bar}>
      <Crumbs uri={uri} drop={drop} shareName={folder.first?.parent.name} />
      <Group gap={6} wrap="nowrap">
        {!narrow && <QuickFilter />}
        {fs === "trash" && folder.files.length > 0 && (
          <Button color="red.9" variant="light" size="sm" leftSection={<IconTrashX size={17} />} onClick={() => void emptyTrash()}>
            {t("files.emptyTrash")}
          </Button>
        )}
        {canCreate && (
          <Menu position="bottom-end">
            <Menu.Target>
              {narrow ? (
                <ActionIcon size="lg" variant="light" color="accent" aria-label={t("files.new")}>
                  <IconPlus size={20} />
                </ActionIcon>
              ) : (
                <Button size="sm" leftSection={<IconPlus size={17} />}>
                  {t("files.new")}
                </Button>
              )}
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconUpload size={17} />} onClick={() => pickFiles(uri, folder.first?.storage_policy)}>
                {t("files.upload")}
              </Menu.Item>
              <Menu.Item leftSection={<IconFolderUp size={17} />} onClick={() => pickFolder(uri, folder.first?.storage_policy)}>
                {t("files.uploadFolder")}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<IconFolderPlus size={17} />} onClick={() => void createFolder(uri)}>
                {t("files.newFolder")}
              </Menu.Item>
              <NewFileItems uri={uri} />
            </Menu.Dropdown>
          </Menu>
        )}
        {fs !== "trash" && <ViewMenu view={view} onView={onView} search={!!searchOf(uri)} narrow={!!narrow} />}
        {!narrow && (
          <Tooltip label={t("files.refresh")}>
            <ActionIcon size="lg" aria-label={t("files.refresh")} onClick={() => void folder.refetch()}>
              <IconRefresh size={19} />
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label={t("files.details")}>
          <ActionIcon
            size="lg"
            aria-label={t("files.details")}
            aria-pressed={details}
            variant={details ? "light" : "subtle"}
            color={details ? "accent" : "gray"}
            onClick={() => useFiles.setState({ details: !details })}
          >
            <IconInfoCircle size={20} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </div>
  );
}

function QuickFilter() {
  const { t } = useTranslation();
  const filter = useFiles((state) => state.filter);
  return (
    <TextInput
      w={150}
      size="sm"
      variant="filled"
      placeholder={t("files.filter")}
      aria-label={t("files.filter")}
      leftSection={<IconFilter size={16} />}
      value={filter}
      onChange={(event) => useFiles.setState({ filter: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key === "Escape") useFiles.setState({ filter: "" });
      }}
    />
  );
}

function Crumbs({ uri, drop, shareName }: { uri: string; drop: Props["drop"]; shareName?: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { fs, path } = parseUri(uri);
  const search = searchOf(uri);
  const roots: Record<string, string> = {
    my: t("files.myFiles"),
    trash: t("files.trash"),
    shared_with_me: t("files.sharedWithMe"),
    share: (path.length === 0 && shareName) || t("files.share"),
  };
  const steps = trail(uri).map((step, depth) => ({ ...step, name: depth === 0 ? (roots[fs] ?? "") : step.name }));
  const what = search && (search.category ? t(`files.category.${search.category}`) : t("files.results", { words: search.words || search.tag || "" }));
  const shown = steps.length > 4 ? [steps[0], undefined, ...steps.slice(-2)] : steps;
  return (
    <nav aria-label={t("files.path")} style={{ flex: 1, minWidth: 0 }}>
      <ol className={classes.crumbs}>
        {shown.map((step, at) => {
          const last = at === shown.length - 1 && !search;
          if (!step)
            return (
              <li key="more">
                <HiddenSteps steps={steps.slice(1, -2)} />
                <IconChevronRight size={15} aria-hidden color="var(--mantine-color-dimmed)" />
              </li>
            );
          const target = fs === "my" ? drop(step.uri, () => void navigate({ to: "/home", search: { path: step.uri } })) : undefined;
          return (
            <li key={step.uri}>
              <button
                type="button"
                className={classes.crumb}
                aria-current={last ? "page" : undefined}
                data-over={target?.over || undefined}
                onDragOver={target?.onDragOver}
                onDragLeave={target?.onDragLeave}
                onDrop={target?.onDrop}
                onClick={() => void navigate({ to: "/home", search: { path: step.uri } })}
              >
                {step.name}
              </button>
              {!last && <IconChevronRight size={15} aria-hidden color="var(--mantine-color-dimmed)" />}
            </li>
          );
        })}
        {search && (
          <li>
            <span className={classes.crumb} aria-current="page">
              {what}
            </span>
          </li>
        )}
      </ol>
    </nav>
  );
}

function HiddenSteps({ steps }: { steps: { name: string; uri: string }[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t("files.moreFolders")}>…</ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {steps.map((step) => (
          <Menu.Item key={step.uri} onClick={() => void navigate({ to: "/home", search: { path: step.uri } })}>
            {step.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const LAYOUTS: [Layout, typeof IconList][] = [
  ["list", IconList],
  ["grid", IconLayoutGrid],
  ["gallery", IconPhoto],
];

function ViewMenu({ view, onView, search, narrow }: { view: ShownView; onView: Props["onView"]; search: boolean; narrow: boolean }) {
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
          {narrow && <div style={{ padding: 6 }}>{layouts}</div>}
          {!search && (
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
