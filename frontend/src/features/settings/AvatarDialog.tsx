/** Cuts a square out of a picture, by mouse, finger or keys. */
import { Button, Group, Modal, Slider, Stack, Text } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** Pixels of the picture that is sent, and of the one on the screen. */
const SIDE = 400;
const SHOWN = 260;
const STEP = 16;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

interface Point {
  x: number;
  y: number;
}

/** How far the middle may go before an edge of the picture comes into view. */
function room(image: ImageBitmap, zoom: number): Point & { scale: number } {
  const scale = Math.max(SIDE / image.width, SIDE / image.height) * zoom;
  return { scale, x: (image.width * scale - SIDE) / 2, y: (image.height * scale - SIDE) / 2 };
}

const within = (value: number, most: number) => Math.min(most, Math.max(-most, value));

export default function AvatarDialog({ file, done }: { file: File; done: (picture?: Blob) => void }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [image, setImage] = useState<ImageBitmap>();
  const [zoom, setZoom] = useState(1);
  const [at, setAt] = useState<Point>({ x: 0, y: 0 });
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    createImageBitmap(file).then(setImage, () => setBroken(true));
  }, [file]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !image) return;
    const { scale, ...most } = room(image, zoom);
    const [width, height] = [image.width * scale, image.height * scale];
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(image, (SIDE - width) / 2 + within(at.x, most.x), (SIDE - height) / 2 + within(at.y, most.y), width, height);
  }, [image, zoom, at]);
  const move = (x: number, y: number) => {
    if (!image) return;
    const most = room(image, zoom);
    setAt((was) => ({ x: within(was.x + x, most.x), y: within(was.y + y, most.y) }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    move(...step);
  };
  return (
    <Modal opened onClose={() => done()} title={t("settings.changeAvatar")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        {broken ? (
          <Text role="alert">{t("settings.badPicture")}</Text>
        ) : (
          <>
            {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys move the picture as the pointer does */}
            <canvas
              ref={canvas}
              width={SIDE}
              height={SIDE}
              role="application"
              tabIndex={0}
              aria-label={t("settings.cropHint")}
              style={{ width: SHOWN, height: SHOWN, margin: "0 auto", borderRadius: "50%", cursor: "move", touchAction: "none" }}
              onKeyDown={onKeyDown}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => {
                if (event.buttons) move((event.movementX * SIDE) / SHOWN, (event.movementY * SIDE) / SHOWN);
              }}
            />
            <Slider min={1} max={4} step={0.05} value={zoom} onChange={setZoom} label={null} thumbLabel={t("viewers.zoomIn")} />
          </>
        )}
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
