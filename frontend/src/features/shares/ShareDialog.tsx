import { Button, Center, CopyButton, Group, Loader, Modal, NumberInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { renderSVG } from "uqr";
import { call } from "@/api/client";
import { childUri } from "@/api/uri";
import { type FileItem, isFolder, type Share } from "@/api/wire";
import { queryClient } from "@/app/queries";
import { refreshParentsOf } from "@/features/files/data/folder";
import { infoQuery } from "@/features/files/data/info";
import { errorText } from "@/ui/message";

const DAY_SECS = 86_400;
const PASSWORD = /^[A-Za-z0-9]{0,32}$/;

/** Makes a link to a file or folder, or changes an existing one. */
export default function ShareDialog({ file, share, done }: { file: FileItem; share?: Share; done: () => void }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState(share?.is_private ?? false);
  const [password, setPassword] = useState(share?.password ?? "");
  const [days, setDays] = useState<string | null>(share?.expires ? "keep" : null);
  const [downloads, setDownloads] = useState<number | string>(share?.remain_downloads ?? "");
  const [view, setView] = useState(share?.share_view ?? false);
  const [readme, setReadme] = useState(share?.show_readme ?? isFolder(file));
  const [link, setLink] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const badPassword = !PASSWORD.test(password);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const remaining = share?.expires ? Math.max(1, Math.round((Date.parse(share.expires) - Date.now()) / 1000)) : undefined;
    const json = {
      uri: file.path,
      is_private: secret || undefined,
      password: secret && password ? password : undefined,
      expire: days === "keep" ? remaining : days ? Number(days) * DAY_SECS : undefined,
      downloads: Number(downloads) || undefined,
      share_view: view || undefined,
      show_readme: (isFolder(file) && readme) || undefined,
    };
    try {
      setLink(await call<string>(share ? "POST" : "PUT", share ? `/share/${share.id}` : "/share", { json }));
      refreshParentsOf([file]);
      void queryClient.invalidateQueries({ queryKey: ["shares"] });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={() => done()} title={t(share ? "shares.edit" : "shares.create", { name: file.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      {link ? (
        <ShareLink link={link} done={done} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            {!share && (
              <>
                <Switch label={t("shares.protect")} checked={secret} onChange={(event) => setSecret(event.currentTarget.checked)} />
                {secret && (
                  <TextInput
                    label={t("session.password")}
                    description={t("shares.passwordHint")}
                    error={badPassword && t("shares.badPassword")}
                    value={password}
                    onChange={(event) => setPassword(event.currentTarget.value)}
                  />
                )}
              </>
            )}
            <Select
              label={t("shares.expires")}
              placeholder={t("shares.never")}
              clearable
              value={days}
              onChange={setDays}
              data={[
                ...(share?.expires ? [{ value: "keep", label: t("shares.unchanged") }] : []),
                { value: "1", label: t("shares.days", { count: 1 }) },
                { value: "7", label: t("shares.days", { count: 7 }) },
                { value: "30", label: t("shares.days", { count: 30 }) },
                { value: "365", label: t("shares.days", { count: 365 }) },
              ]}
            />
            <NumberInput label={t("shares.limit")} placeholder={t("shares.unlimited")} min={1} allowDecimal={false} value={downloads} onChange={setDownloads} />
            {isFolder(file) && (
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
              <Button type="submit" loading={busy} disabled={badPassword}>
                {share ? t("app.save") : t("shares.makeLink")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

export function ShareLink({ link, done }: { link: string; done: () => void }) {
  const { t } = useTranslation();
  const code = useMemo(() => renderSVG(link, { border: 2 }), [link]);
  return (
    <Stack>
      <TextInput
        label={t("shares.link")}
        readOnly
        value={link}
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        rightSectionWidth={100}
        rightSection={
          <CopyButton value={link}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="light" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
                {copied ? t("app.copied") : t("app.copy")}
              </Button>
            )}
          </CopyButton>
        }
      />
      <Center>
        <img alt={t("shares.qr")} width={180} height={180} style={{ borderRadius: 10 }} src={`data:image/svg+xml,${encodeURIComponent(code)}`} />
      </Center>
      <Group justify="end">
        <Button onClick={() => done()}>{t("app.done")}</Button>
      </Group>
    </Stack>
  );
}

/** Editing from the list of shares: first the owner's view of it, then the file it stands for. */
export function EditShare({ share, done }: { share: Share; done: () => void }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ["share-source", share.id],
    queryFn: async () => {
      const full = await call<Share>("GET", `/share/info/${share.id}`, { query: { owner_extended: true, password: share.password } });
      const source = full.source_uri ?? "";
      const uri = full.source_type === 1 ? source : childUri(source, full.name);
      return { share: { ...share, ...full }, file: await queryClient.fetchQuery(infoQuery(uri.replace(/^cloudreve:\/\/[^/]*@my/, "cloudreve://my"))) };
    },
    gcTime: 0,
    retry: false,
  });
  if (found.data) return <ShareDialog file={found.data.file as FileItem} share={found.data.share} done={done} />;
  return (
    <Modal opened onClose={() => done()} title={share.name} closeButtonProps={{ "aria-label": t("app.close") }}>
      {found.error ? <Text role="alert">{errorText(found.error)}</Text> : <Loader />}
    </Modal>
  );
}
