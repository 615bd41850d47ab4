import { Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import type { Settings } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { showDone, showError } from "@/shared/message";
import { UserAvatar } from "@/shared/UserAvatar";
import { saveAvatar } from "./data/avatar";
import { changeSettings, changeUser } from "./data/settings";
import { Section } from "./Section";

const AvatarDialog = lazy(() => import("./AvatarDialog"));

export function ProfileTab({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const user = useAccount()?.user;
  const [nick, setNick] = useState(user?.nickname ?? "");
  const [fresh, setFresh] = useState<number>();
  if (!user) return null;
  const run = async (work: () => Promise<void>) => {
    try {
      await work();
      showDone(t("settings.saved"));
    } catch (error) {
      showError(error);
    }
  };
  const setAvatar = async (picture?: Blob) => {
    await run(async () => {
      await saveAvatar(picture);
      changeUser({ avatar: picture ? "file" : "gravatar" });
      setFresh(Date.now());
    });
  };
  const pick = () => {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void ask<Blob>((done) => <AvatarDialog file={file} done={done} />).then((picture) => picture && setAvatar(picture));
    });
    input.click();
  };
  return (
    <>
      <Section title={t("settings.avatar")}>
        <Group wrap="nowrap">
          <UserAvatar user={user} size={84} fresh={fresh} />
          <Group gap="xs">
            <Button variant="default" onClick={pick}>
              {t("settings.changeAvatar")}
            </Button>
            <Button variant="subtle" onClick={() => void setAvatar()}>
              {t("settings.gravatar")}
            </Button>
          </Group>
        </Group>
      </Section>
      <Section title={t("settings.profile")}>
        <TextInput label={t("session.email")} value={user.email ?? ""} readOnly />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(async () => {
              await changeSettings({ nick });
              changeUser({ nickname: nick });
            });
          }}
        >
          <Group align="end">
            <TextInput flex={1} label={t("settings.nick")} required maxLength={255} value={nick} onChange={(event) => setNick(event.currentTarget.value)} />
            <Button type="submit" disabled={!nick || nick === user.nickname}>
              {t("app.save")}
            </Button>
          </Group>
        </form>
        <Text size="sm" c="dimmed">
          {t("settings.group", { name: user.group?.name ?? "" })}
        </Text>
      </Section>
      <Section title={t("settings.profileShares")} hint={t("settings.profileSharesHint")}>
        <Select
          aria-label={t("settings.profileShares")}
          allowDeselect={false}
          value={settings.share_links_in_profile || "public"}
          onChange={(value) => void run(() => changeSettings({ share_links_in_profile: value === "public" ? "" : (value ?? undefined) }))}
          data={[
            { value: "public", label: t("settings.publicShares") },
            { value: "all_share", label: t("settings.allShares") },
            { value: "hide_share", label: t("settings.noShares") },
          ]}
        />
      </Section>
      <Section title={t("settings.notices")} hint={t("settings.noticesHint")}>
        <Switch
          label={t("settings.taskMail")}
          checked={settings.task_mail}
          onChange={(event) => {
            const task_mail = event.currentTarget.checked;
            void run(() => changeSettings({ task_mail }));
          }}
        />
      </Section>
    </>
  );
}
