/** The way from the root to here; things can be dropped on every step. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { searchOf } from "@/api/search";
import { parseUri, trail } from "@/api/uri";
import { shownName } from "@/ui/names";
import { useTitle } from "@/ui/title";
import type { useDrop } from "./drag";
import classes from "./files.module.css";

interface Props {
  uri: string;
  drop: ReturnType<typeof useDrop>;
  shareName?: string;
  /** Shows the last two steps, and the others in a menu. */
  narrow: boolean;
}

export function Crumbs({ uri, drop, shareName, narrow }: Props) {
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
  const steps = trail(uri).map((step, depth) => ({ ...step, name: shownName(depth === 0 ? (roots[fs] ?? "") : step.name) }));
  const words = search?.words || search?.tag;
  const what = search && (search.category ? t(`files.category.${search.category}`) : words ? t("files.results", { words }) : t("files.resultsOnly"));
  useTitle(what || steps.at(-1)?.name);
  const first = narrow ? [] : steps.slice(0, 1);
  // A share has a head of its own.
  const Here = fs === "share" ? Fragment : "h1";
  const hidden = steps.length > (narrow ? 2 : 4) ? steps.slice(first.length, -2) : [];
  const shown = hidden.length > 0 ? [...first, undefined, ...steps.slice(-2)] : steps;
  return (
    <nav aria-label={t("files.path")} style={{ flex: 1, minWidth: 0 }}>
      <ol className={classes.crumbs}>
        {shown.map((step, at) => {
          const last = at === shown.length - 1 && !search;
          if (!step)
            return (
              <li key="more">
                <HiddenSteps steps={hidden} />
                <IconChevronRight size={15} aria-hidden color="var(--mantine-color-dimmed)" />
              </li>
            );
          const target = fs === "my" ? drop(step.uri, () => void navigate({ to: "/home", search: { path: step.uri } })) : undefined;
          const button = (
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
          );
          return (
            <li key={step.uri}>
              {last ? <Here>{button}</Here> : button}
              {!last && <IconChevronRight size={15} aria-hidden color="var(--mantine-color-dimmed)" />}
            </li>
          );
        })}
        {search && (
          <li>
            <Here>
              <span className={classes.crumb} aria-current="page">
                {what}
              </span>
            </Here>
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
