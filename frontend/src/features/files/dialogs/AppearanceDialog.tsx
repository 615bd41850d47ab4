import { Button, ColorSwatch, Group, Modal, Stack, TagsInput, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCheck } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import type { FileItem } from "@/api/wire";
import { patchMetadata } from "../actions";
import type { Patch } from "../data/metadata";
import { knownTags } from "@/shared/data/folder";
import { tagsOf } from "../Tags";
import { EmojiPicker } from "./EmojiPicker";

const COLOURS = ["#c2374a", "#d0722b", "#a8803a", "#2f8f4e", "#0d8577", "#1976d2", "#6a4fc8", "#a0389a", "#5b6472"];

/** Tags, colour and emoji of one or more files. */
export default function AppearanceDialog({ files, done }: { files: readonly FileItem[]; done: () => void }) {
  const { t } = useTranslation();
  const first = files[0];
  // Of several files only what all of them have is shown, and can be taken away.
  const before = useMemo(() => {
    const [names = [], ...others] = files.map((file) => tagsOf(file).map((tag) => tag.name));
    return names.filter((name) => others.every((list) => list.includes(name)));
  }, [files]);
  const known = useMemo(knownTags, []);
  const [tags, setTags] = useState(before);
  const [tagColour, setTagColour] = useState("");
  const [colour, setColour] = useState(first?.metadata?.["customize:icon_color"] ?? "");
  const [emoji, setEmoji] = useState(first?.metadata?.["customize:emoji"] ?? "");
  const [busy, setBusy] = useState(false);
  const preset = useConfig("emojis")?.emoji_preset;
  const emojis = useMemo(() => {
    try {
      return Object.values(JSON.parse(preset ?? "{}") as Record<string, string[]>).flat();
    } catch {
      return [];
    }
  }, [preset]);

  const save = async () => {
    const patches: Patch[] = [
      ...before.filter((name) => !tags.includes(name)).map((name) => ({ key: `tag:${name}`, remove: true })),
      ...tags.filter((name) => !before.includes(name)).map((name) => ({ key: `tag:${name}`, value: tagColour })),
    ];
    const was = { colour: first?.metadata?.["customize:icon_color"] ?? "", emoji: first?.metadata?.["customize:emoji"] ?? "" };
    if (colour !== was.colour) patches.push(colour ? { key: "customize:icon_color", value: colour } : { key: "customize:icon_color", remove: true });
    if (emoji !== was.emoji) patches.push(emoji ? { key: "customize:emoji", value: emoji } : { key: "customize:emoji", remove: true });
    setBusy(true);
    if (patches.length === 0 || (await patchMetadata(files, patches))) done();
    setBusy(false);
  };

  return (
    <Modal opened onClose={() => done()} title={t("files.tagsAndLookTitle")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <TagsInput label={t("files.tags")} description={t("files.tagsHint")} value={tags} onChange={setTags} data={known} openOnFocus={false} styles={{ inputField: { outline: "none" } }} data-autofocus />
        {tags.some((name) => !before.includes(name)) && <Colours label={t("files.tagColour")} value={tagColour} onChange={setTagColour} />}
        <Colours label={t("files.iconColour")} value={colour} onChange={setColour} />
        {emojis.length > 0 && (
          <div>
            <Group justify="space-between">
              <Text size="sm" fw={500}>
                {t("files.emoji")}
              </Text>
              {emoji && (
                <Button size="compact-xs" variant="subtle" onClick={() => setEmoji("")}>
                  {t("files.noEmoji")}
                </Button>
              )}
            </Group>
            <EmojiPicker label={t("files.emoji")} emojis={emojis} value={emoji} onChange={setEmoji} />
          </div>
        )}
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
          <Button loading={busy} onClick={() => void save()}>
            {t("app.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Colours({ label, value, onChange }: { label: string; value: string; onChange: (colour: string) => void }) {
  const { t } = useTranslation();
  const touch = useMediaQuery("(pointer: coarse)", false, { getInitialValueInEffect: false });
  return (
    <div role="group" aria-label={label}>
      <Text size="sm" fw={500} mb={6}>
        {label}
      </Text>
      <Group gap={8}>
        {["", ...COLOURS].map((colour) => (
          <ColorSwatch
            key={colour}
            component="button"
            type="button"
            color={colour || "transparent"}
            size={touch ? 40 : 26}
            aria-label={colour || t("files.noColour")}
            aria-pressed={value === colour}
            onClick={() => onChange(colour)}
            style={{ cursor: "pointer", color: colour ? "#fff" : "var(--mantine-color-text)" }}
          >
            {value === colour && <IconCheck size={15} />}
          </ColorSwatch>
        ))}
      </Group>
    </div>
  );
}
