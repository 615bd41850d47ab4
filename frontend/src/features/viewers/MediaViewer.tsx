import { Box, Center, Loader, ScrollArea, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  MediaControlBar,
  MediaController,
  MediaFullscreenButton,
  MediaLoadingIndicator,
  MediaMuteButton,
  MediaPipButton,
  MediaPlaybackRateButton,
  MediaPlayButton,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
  MediaTimeDisplay,
  MediaTimeRange,
  MediaVolumeRange,
} from "media-chrome/react";
import { useNavigate } from "@tanstack/react-router";
import { type FocusEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { shownName } from "@/ui/names";
import { linkQuery } from "@/shared/data/links";
import { FileIcon } from "@/shared/files/FileIcon";
import { kindOf } from "@/shared/files/kinds";
import "./media-words";
import { siblingsOf } from "./siblings";
import { Unknown } from "./Unknown";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

/** Their sliders lie in a shadow, where the Tab key of a dialog does not find them. */
const reachable = {
  tabIndex: 0,
  onFocus: ({ currentTarget: { shadowRoot } }: FocusEvent<HTMLElement>) => {
    if (!shadowRoot?.activeElement) shadowRoot?.querySelector("input")?.focus();
  },
};

export default function MediaViewer({ file, version }: ViewerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const link = useQuery(linkQuery(file, version));
  const audio = kindOf(file) === "audio";
  const list = useMemo(() => siblingsOf(file).filter((each) => kindOf(each) === kindOf(file)), [file]);
  const play = (next: FileItem) => void navigate({ to: "/home", search: (last) => ({ ...last, open: next.path, version: undefined }), replace: true });
  const [broken, setBroken] = useState(false);
  const following = list[list.findIndex((each) => each.path === file.path) + 1];
  return (
    <div className={classes.stage}>
      {!link.data ? (
        <Center h="100%">
          <Loader />
        </Center>
      ) : broken ? (
        <Center h="100%">
          <Unknown file={file} version={version} reason={t("viewers.unplayable")} />
        </Center>
      ) : audio ? (
        <Player file={file} src={link.data} list={list} onPick={play} onError={() => setBroken(true)} onEnded={() => following && play(following)} />
      ) : (
        <div className={classes.media}>
          <MediaController style={{ width: "100%", height: "100%" }}>
            {/* biome-ignore lint/a11y/useMediaCaption: the files of people bring none */}
            <video slot="media" src={link.data} autoPlay playsInline crossOrigin="anonymous" style={{ width: "100%", height: "100%" }} onError={() => setBroken(true)} onEnded={() => following && play(following)} />
            <MediaLoadingIndicator slot="centered-chrome" />
            <MediaControlBar>
              <MediaPlayButton />
              <MediaSeekBackwardButton seekOffset={10} />
              <MediaSeekForwardButton seekOffset={10} />
              <MediaTimeRange {...reachable} />
              <MediaTimeDisplay showDuration noToggle />
              <MediaMuteButton />
              <MediaVolumeRange {...reachable} />
              <MediaPlaybackRateButton />
              <MediaPipButton />
              <MediaFullscreenButton />
            </MediaControlBar>
          </MediaController>
        </div>
      )}
    </div>
  );
}

interface PlayerProps {
  file: FileItem;
  src: string;
  list: FileItem[];
  onPick: (file: FileItem) => void;
  onEnded: () => void;
  onError: () => void;
}

function Player({ file, src, list, onPick, onEnded, onError }: PlayerProps) {
  const { t } = useTranslation();
  const { metadata } = file;
  return (
    <div className={classes.playlist}>
      <Stack align="center" gap={4}>
        <FileIcon file={file} size={84} />
        <Title order={2} size="h4" ta="center" style={{ overflowWrap: "anywhere" }}>
          {metadata?.["music:title"] || shownName(file.name)}
        </Title>
        {metadata?.["music:artist"] && <Text c="dimmed">{metadata["music:artist"]}</Text>}
      </Stack>
      <MediaController audio style={{ borderRadius: 14, overflow: "hidden", width: "100%" }}>
        {/* biome-ignore lint/a11y/useMediaCaption: the files of people bring none */}
        <audio slot="media" src={src} autoPlay crossOrigin="anonymous" onEnded={onEnded} onError={onError} />
        <MediaControlBar style={{ width: "100%" }}>
          <MediaPlayButton />
          <MediaTimeRange {...reachable} style={{ flex: 1 }} />
          <MediaTimeDisplay showDuration noToggle />
          <MediaMuteButton />
          <MediaVolumeRange {...reachable} />
          <MediaPlaybackRateButton />
        </MediaControlBar>
      </MediaController>
      {list.length > 1 && (
        <ScrollArea viewportProps={{ tabIndex: 0, "aria-label": t("viewers.playlist") }}>
          {list.map((each) => (
            <UnstyledButton
              key={each.path}
              display="block"
              w="100%"
              p="xs"
              aria-current={each.path === file.path}
              style={{ borderRadius: 8, background: each.path === file.path ? "var(--chosen)" : undefined }}
              onClick={() => onPick(each)}
            >
              <Box style={{ display: "flex", gap: 10, alignItems: "center" }}>
                <FileIcon file={each} size={20} />
                <Text truncate>{each.metadata?.["music:title"] || shownName(each.name)}</Text>
              </Box>
            </UnstyledButton>
          ))}
        </ScrollArea>
      )}
    </div>
  );
}
