/** Makes or changes what one device may see of the drive. */
import { Button, Group, Modal, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { hasBit, May } from "@/api/bits";
import { MY_ROOT } from "@/api/uri";
import { useMay } from "@/api/use-account";
import type { DavAccount } from "@/api/wire";
import FolderPicker from "@/shared/files/FolderPicker";
import { ask } from "@/ui/dialogs";
import { saveDevice } from "./data/devices";
import { useFolderWords } from "./folder-words";
import { Refused } from "./TwoFactorDialog";

/** Bits of the options of a device (V4 API, WebDAV accounts). */
export const READ_ONLY = 0;
const PROXY = 1;
const NO_SYSTEM_FILES = 2;

export function DavDialog({ account, done }: { account?: DavAccount; done: (saved?: boolean) => void }) {
  const { t } = useTranslation();
  const mayProxy = useMay(May.proxyDav);
  const [name, setName] = useState(account?.name ?? "");
  const [uri, setUri] = useState(account?.uri ?? MY_ROOT);
  const [readonly, setReadonly] = useState(hasBit(account?.options, READ_ONLY));
  const [proxy, setProxy] = useState(hasBit(account?.options, PROXY));
  const [clean, setClean] = useState(account ? hasBit(account.options, NO_SYSTEM_FILES) : true);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const folder = useFolderWords(uri);
  const pick = async () => {
    const target = await ask<string>((chosen) => <FolderPicker title={t("connect.folder")} action={t("app.choose")} start={uri} forbidden={[]} done={chosen} />);
    if (target) setUri(target);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await saveDevice(account, { name, uri, readonly, proxy, disable_sys_files: clean });
      done(true);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => done()} title={t(account ? "connect.edit" : "connect.add")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput label={t("connect.name")} description={t("connect.nameHint")} required maxLength={255} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Group align="end">
            <TextInput flex={1} label={t("connect.folder")} readOnly value={folder} />
            <Button variant="default" onClick={() => void pick()}>
              {t("app.choose")}
            </Button>
          </Group>
          <Switch label={t("connect.readOnly")} checked={readonly} onChange={(event) => setReadonly(event.currentTarget.checked)} />
          <Switch label={t("connect.noSystemFiles")} checked={clean} onChange={(event) => setClean(event.currentTarget.checked)} />
          {mayProxy && <Switch label={t("connect.proxy")} checked={proxy} onChange={(event) => setProxy(event.currentTarget.checked)} />}
          <Refused error={error} />
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy}>{t("app.save")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
