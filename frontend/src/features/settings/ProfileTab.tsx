import { Button, Group, Select, Slider, Stack, Text, TextInput } from "@mantine/core";
import { Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { useAccount } from "@/api/use-account";
import type { Settings } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { showDone, showError } from "@/ui/message";
import { UserAvatar } from "@/ui/UserAvatar";
import { changeSettings, changeUser } from "./data";
import { Section } from "./Section";

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
      await call("PUT", "/user/setting/avatar", { body: picture ?? "", headers: { "Content-Type": picture?.type || "image/png" } });
      changeUser({ avatar: picture ? "file" : "gravatar" });
      setFresh(Date.now());
    });
  };
  const pick = () => {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void ask<Blob>((done) => <Crop file={file} done={done} />).then((picture) => picture && setAvatar(picture));
    });
    input.click();
  };
  return (
    <>
      <Section title={t("settings.avatar")}>
        <Group>
          <UserAvatar user={user} size={84} fresh={fresh} />
          <Button variant="default" onClick={pick}>
            {t("settings.changeAvatar")}
          </Button>
          <Button variant="subtle" onClick={() => void setAvatar()}>
            {t("settings.gravatar")}
          </Button>
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
          onChange={(value) => void run(() => changeSettings({ share_links_in_profile: value === "public" ? "" : value }))}
          data={[
            { value: "public", label: t("settings.publicShares") },
            { value: "all_share", label: t("settings.allShares") },
            { value: "hide_share", label: t("settings.noShares") },
          ]}
        />
      </Section>
    </>
  );
}

const SIDE = 400;

/** Cuts a square out of a picture. */
function Crop({ file, done }: { file: File; done: (picture?: Blob) => void }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [image, setImage] = useState<ImageBitmap>();
  const [zoom, setZoom] = useState(1);
  const [at, setAt] = useState({ x: 0, y: 0 });
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    createImageBitmap(file).then(setImage, () => setBroken(true));
  }, [file]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !image) return;
    const scale = Math.max(SIDE / image.width, SIDE / image.height) * zoom;
    const room = { x: Math.max(0, (image.width * scale - SIDE) / 2), y: Math.max(0, (image.height * scale - SIDE) / 2) };
    const x = Math.min(room.x, Math.max(-room.x, at.x));
    const y = Math.min(room.y, Math.max(-room.y, at.y));
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(image, (SIDE - image.width * scale) / 2 + x, (SIDE - image.height * scale) / 2 + y, image.width * scale, image.height * scale);
  }, [image, zoom, at]);
  return (
    <Modal opened onClose={() => done()} title={t("settings.changeAvatar")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        {broken ? (
          <Text role="alert">{t("settings.badPicture")}</Text>
        ) : (
          <canvas
            ref={canvas}
            width={SIDE}
            height={SIDE}
            role="img"
            aria-label={t("settings.cropHint")}
            style={{ width: 260, height: 260, margin: "0 auto", borderRadius: "50%", cursor: "move", touchAction: "none" }}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => {
              if (event.buttons) setAt((was) => ({ x: was.x + event.movementX * 1.5, y: was.y + event.movementY * 1.5 }));
            }}
          />
        )}
        <Slider min={1} max={4} step={0.05} value={zoom} onChange={setZoom} label={null} thumbProps={{ "aria-label": t("viewers.zoomIn") }} />
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
          <Button disabled={!image} onClick={() => canvas.current?.toBlob((picture) => done(picture ?? undefined), "image/png")}>
            {t("app.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
