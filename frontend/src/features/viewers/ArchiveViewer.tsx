/** Looks into an archive, folder by folder, and takes out what is chosen. */
import { ActionIcon, Anchor, Box, Breadcrumbs, Button, Center, Checkbox, Group, Loader, Select, Table, Text, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconFile, IconFileOff, IconFolder, IconLock, IconPackageExport } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit, May } from "@/api/bits";
import { Code, hasCode } from "@/api/error";
import { parentUri } from "@/api/uri";
import { useAccount, useMay } from "@/api/use-account";
import { formatBytes, formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { ENCODINGS, hasEncoding } from "@/shared/files/archives";
import { errorText } from "@/shared/message";
import { ports } from "@/shared/ports";
import { type Entry, folderAt, inOrder, isPicked, takesPassword, toggled, treeOf } from "./archive/tree";
import { archiveQuery } from "./data/archive";
import { Unknown } from "./Unknown";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

const MOST_SHOWN = 2000;

export default function ArchiveViewer({ file, version, tools }: ViewerProps) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)");
  const account = useAccount();
  const mayExtract = useMay(May.archive) && !!account && !version && hasBit(file.capability, Can.download);
  const [encoding, setEncoding] = useState<string | null>(null);
  const [path, setPath] = useState("");
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const listing = useQuery(archiveQuery(file, version, encoding));
  const root = useMemo(() => treeOf(listing.data?.files ?? []), [listing.data]);
  const read = (value: string | null) => {
    setEncoding(value);
    // Other letters make other names.
    setPath("");
    setPicked(new Set());
  };
  // Of other kinds nothing is read without the password once something in it takes one.
  const asks = (chosen: ReadonlySet<string>) => (/\.zip$/i.test(file.name) ? takesPassword(root, chosen) : !!root.encrypted);
  const extract = () => void ports.tasks().then(({ extractTo }) => extractTo([file], picked.size > 0 ? [...picked] : undefined, encoding ?? undefined, asks(picked)));
  const label = picked.size > 0 ? t("viewers.extractSome", { count: picked.size }) : t("viewers.extractAll");
  const closed = hasCode(listing.error, Code.wrongPassword);
  const unlock = () => void ports.tasks().then(({ extractAgain }) => extractAgain(file.path, parentUri(file.path), { names: true }));
  const letters = hasEncoding(file.name) && <Select size="sm" w={150} placeholder={t("viewers.encoding")} aria-label={t("viewers.encoding")} clearable searchable data={ENCODINGS} value={encoding} onChange={read} />;
  return (
    <>
      {/* On a phone it would leave no room for the name of the file. */}
      {narrow && letters && <Box p="xs">{letters}</Box>}
      {tools(
        <>
          {!narrow && letters}
          {mayExtract && listing.data && (narrow ? (
            <ActionIcon size="lg" variant={picked.size > 0 ? "light" : "subtle"} aria-label={label} onClick={extract}>
              <IconPackageExport size={20} />
            </ActionIcon>
          ) : (
            <Button size="compact-md" variant="light" leftSection={<IconPackageExport size={17} />} onClick={extract}>
              {label}
            </Button>
          ))}
        </>,
      )}
      {listing.isPending ? (
        <Center flex={1}>
          <Loader />
        </Center>
      ) : listing.error ? (
        <Unknown file={file} version={version} reason={hasCode(listing.error, Code.internal) ? t("viewers.archiveBroken") : closed ? t("viewers.namesEncrypted") : errorText(listing.error)}>
          {closed && mayExtract && (
            <Button size="md" leftSection={<IconPackageExport size={19} />} onClick={unlock}>
              {t("files.extractTo")}
            </Button>
          )}
        </Unknown>
      ) : (
        <Inside label={shownName(file.name)} root={root} folder={folderAt(root, path)} open={setPath} picked={picked} onPick={mayExtract ? setPicked : undefined} />
      )}
    </>
  );
}

interface InsideProps {
  label: string;
  root: Entry;
  folder: Entry;
  open: (path: string) => void;
  picked: ReadonlySet<string>;
  /** Without it nothing can be chosen. */
  onPick?: (picked: ReadonlySet<string>) => void;
}

function Inside({ label, root, folder, open, picked, onPick }: InsideProps) {
  const { t } = useTranslation();
  const entries = useMemo(() => inOrder(folder), [folder]);
  const takeable = entries.filter(({ leftOut }) => !leftOut);
  const chosen = takeable.filter(({ path }) => isPicked(picked, path)).length;
  const all = takeable.length > 0 && chosen === takeable.length;
  const pickAll = () => {
    const wanted = takeable.filter(({ path }) => isPicked(picked, path) === all);
    onPick?.(wanted.reduce<ReadonlySet<string>>((now, entry) => toggled(root, now, entry), picked));
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <section className={`${classes.stage} ${classes.table}`} tabIndex={0} aria-label={label}>
      {onPick && root.encrypted && (
        <Text size="sm" p="xs" role="note">
          {t("viewers.someEncrypted")}
        </Text>
      )}
      {folder !== root && <Way folder={folder} label={label} open={open} />}
      <Table stickyHeader verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {onPick && (
              <Table.Th w={42}>
                <Checkbox size="sm" aria-label={t("files.selectAll")} checked={all} indeterminate={chosen > 0 && !all} disabled={takeable.length === 0} onChange={pickAll} />
              </Table.Th>
            )}
            <Table.Th>{t("files.name")}</Table.Th>
            <Table.Th>{t("files.size")}</Table.Th>
            <Table.Th visibleFrom="xs">{t("files.modified")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.length === 0 && (
            <Table.Tr>
              <Table.Td colSpan={4}>{t("viewers.emptyArchive")}</Table.Td>
            </Table.Tr>
          )}
          {entries.slice(0, MOST_SHOWN).map((entry) => (
            <Table.Tr key={entry.path} c={entry.leftOut && "dimmed"}>
              {onPick && (
                <Table.Td>
                  {!entry.leftOut && <Checkbox size="sm" aria-label={t("files.selectOne", { name: shownName(entry.name) })} checked={isPicked(picked, entry.path)} onChange={() => onPick(toggled(root, picked, entry))} />}
                </Table.Td>
              )}
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {entry.folder ? (
                  <UnstyledButton fz="inherit" onClick={() => open(entry.path)}>
                    <Name entry={entry} />
                  </UnstyledButton>
                ) : (
                  <Name entry={entry} />
                )}
              </Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{entry.unknownSize ? <span title={t("viewers.sizeUnknown")}>—</span> : formatBytes(entry.size)}</Table.Td>
              <Table.Td visibleFrom="xs" style={{ whiteSpace: "nowrap" }}>
                {formatTime(entry.time)}
              </Table.Td>
            </Table.Tr>
          ))}
          {entries.length > MOST_SHOWN && (
            <Table.Tr>
              <Table.Td colSpan={4}>{t("taken.more", { count: entries.length - MOST_SHOWN })}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Name({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { leftOut, besideLeftOut, encrypted } = entry;
  const Icon = leftOut ? IconFileOff : entry.folder ? IconFolder : IconFile;
  const said = leftOut ? "viewers.leftOut" : "viewers.besideLeftOut";
  const why = leftOut ?? besideLeftOut;
  return (
    <Group gap={8} wrap="nowrap">
      <Icon size={18} style={{ flex: "none" }} aria-hidden />
      <span>
        {shownName(entry.name)}
        {encrypted && !leftOut && (
          <span title={t("viewers.needsPassword")} style={{ marginInlineStart: 6 }}>
            <IconLock size={14} role="img" aria-label={t("viewers.needsPassword")} style={{ verticalAlign: "-2px" }} />
          </span>
        )}
        {why && (
          <Text span size="xs" display="block">
            {t(said, { why: t(`tasks.reasons.${why}`, { defaultValue: why }) })}
          </Text>
        )}
      </span>
    </Group>
  );
}

/** The folders around, up to the archive itself. */
function Way({ folder, label, open }: { folder: Entry; label: string; open: (path: string) => void }) {
  const { t } = useTranslation();
  const names = folder.path.split("/");
  return (
    <nav aria-label={t("viewers.inArchive")}>
      <Breadcrumbs p="xs" style={{ flexWrap: "wrap" }}>
        <Anchor component="button" size="sm" onClick={() => open("")}>
          {label}
        </Anchor>
        {names.map((name, at) => (
          <Anchor key={names.slice(0, at + 1).join("/")} component="button" size="sm" onClick={() => open(names.slice(0, at + 1).join("/"))} aria-current={at === names.length - 1 ? "page" : undefined}>
            {shownName(name)}
          </Anchor>
        ))}
      </Breadcrumbs>
    </nav>
  );
}
