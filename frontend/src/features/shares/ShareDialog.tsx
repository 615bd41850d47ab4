import { Button, Group, Modal, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FileItem, isFolder, type Share } from "@/api/wire";
import { refreshParentsOf } from "@/shared/data/changes";
import { AmountInput, isAmount } from "@/ui/AmountInput";
import { formatFullTime } from "@/ui/format";
import { errorText } from "@/shared/message";
import { AudienceFields } from "./AudienceFields";
import { audienceOf, isNobody, permissionsOf } from "./audience";
import { saveShare } from "./data/share";
import { refreshShares } from "./data/shares";
import { Listed } from "./Listed";
import { ShareLink } from "./ShareLink";

const DAY_SECS = 86_400;
const DAYS = [1, 7, 30, 365];
const PASSWORD = /^[A-Za-z0-9]{0,32}$/;

/** Makes a link to a file or folder, or changes an existing one. */
export default function ShareDialog({ file, share, done }: { file: FileItem; share?: Share; done: () => void }) {
  const { t } = useTranslation();
  const folder = isFolder(file);
  const [secret, setSecret] = useState(false);
  const [password, setPassword] = useState("");
  const [days, setDays] = useState<string | null>(share?.expires ? "keep" : null);
  const [downloads, setDownloads] = useState<number | string>(share?.remain_downloads ?? "");
  const [view, setView] = useState(share?.share_view ?? false);
  const [readme, setReadme] = useState(share?.show_readme ?? (folder && !share));
  const [audience, setAudience] = useState(() => audienceOf(share?.permission_setting));
  const [link, setLink] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const badPassword = !PASSWORD.test(password);
  const blind = folder && audience.rights === "drop";
  const badLimit = !blind && !isAmount(downloads, 1);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const remaining = share?.expires ? Math.max(1, Math.round((Date.parse(share.expires) - Date.now()) / 1000)) : undefined;
    const wanted = {
      uri: file.path,
      is_private: secret || undefined,
      password: secret && password ? password : undefined,
      expire: days === "keep" ? remaining : days ? Number(days) * DAY_SECS : undefined,
      downloads: Number(downloads) || undefined,
      share_view: view || undefined,
      show_readme: (folder && readme) || undefined,
      permissions: permissionsOf(folder ? audience : { ...audience, rights: "read" }),
    };
    try {
      setLink(await saveShare(share, wanted));
      refreshParentsOf([file]);
      refreshShares();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const note = audience.who === "people" ? t("shares.noteFor.people") : audience.who === "members" ? t("shares.noteFor.members") : undefined;

  return (
    <Modal opened onClose={() => done()} title={t(share ? "shares.edit" : "shares.create", { name: file.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      {link ? (
        <ShareLink link={link} note={note} done={done} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <AudienceFields value={audience} folder={folder} onChange={setAudience} />
            {share ? (
              share.is_private && (
                <Text size="sm" c="dimmed">
                  {t("shares.passwordStays", { password: share.password })}
                </Text>
              )
            ) : (
              <Switch label={t("shares.protect")} checked={secret} onChange={(event) => setSecret(event.currentTarget.checked)} />
            )}
            <Listed audience={folder ? audience : { ...audience, rights: "read" }} secret={share?.is_private ?? secret} leave={done} />
            {secret && !share && (
              <TextInput
                label={t("session.password")}
                description={t("shares.passwordHint")}
                error={badPassword && t("shares.badPassword")}
                autoComplete="off"
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
            )}
            <Select
              label={t("shares.expires")}
              placeholder={t("shares.never")}
              clearable
              clearButtonProps={{ "aria-label": t("shares.never") }}
              value={days}
              onChange={setDays}
              data={[
                ...(share?.expires ? [{ value: "keep", label: t("shares.until", { time: formatFullTime(share.expires) }) }] : []),
                ...DAYS.map((count) => ({ value: String(count), label: t("shares.days", { count }) })),
              ]}
            />
            {!blind && (
              <AmountInput label={t("shares.limit")} placeholder={t("shares.unlimited")} least={1} allowDecimal={false} value={downloads} onChange={setDownloads} />
            )}
            {folder && !blind && (
              <>
                <Switch label={t("shares.showReadme")} checked={readme} onChange={(event) => setReadme(event.currentTarget.checked)} />
                <Switch label={t("shares.shareView")} checked={view} onChange={(event) => setView(event.currentTarget.checked)} />
              </>
            )}
            {!!error && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                {errorText(error)}
              </Text>
            )}
            <Group justify="end">
              <Button variant="default" onClick={() => done()}>
                {t("app.cancel")}
              </Button>
              <Button type="submit" loading={busy} disabled={badPassword || badLimit || isNobody(audience)}>
                {share ? t("app.save") : t("shares.makeLink")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
