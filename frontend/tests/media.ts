/** Pictures and films that a browser makes better than we could. */
import type { Browser } from "playwright-core";

/** A camera that is held upright, its right side down, writes this, and keeps the picture as it lies. */
export const UPRIGHT = 6;

/** A photograph with what a camera writes into it; red on the left and green on the right, as it lies. */
export async function photo(browser: Browser, orientation = 1): Promise<Uint8Array<ArrayBuffer>> {
  const jpeg = await inPage(browser, async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
    const context = canvas.getContext("2d");
    for (const [at, colour] of ["#c33", "#4a7"].entries()) {
      if (context) context.fillStyle = colour;
      context?.fillRect(at * 150, 0, 150, 200);
    }
    return canvas.toDataURL("image/jpeg").split(",")[1] ?? "";
  });
  const head = exif({ 0x010f: "Pinhole", 0x0110: "Model 7", 0x0112: orientation }, { 0x9003: "2026:05:04 03:02:01" });
  // Right after the first two bytes, which say that it is a JPEG.
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), head, jpeg.subarray(2)]));
}

/** About a second of film. */
export async function film(browser: Browser): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await inPage(browser, async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm;codecs=vp8" });
    const pieces: Blob[] = [];
    let bytes = 0;
    recorder.ondataavailable = ({ data }) => {
      pieces.push(data);
      bytes += data.size;
    };
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start(50);
    // A busy machine drops frames: it goes on until there are some.
    for (let frame = 0; frame < 30 || bytes < 2000; frame += 1) {
      if (context) context.fillStyle = `hsl(${frame * 12} 60% 50%)`;
      context?.fillRect(0, 0, 160, 90);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await stopped;
    const buffer = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return btoa(Array.from(buffer, (byte) => String.fromCharCode(byte)).join(""));
  });
  return new Uint8Array(bytes);
}

async function inPage(browser: Browser, make: () => Promise<string>): Promise<Buffer> {
  const page = await browser.newPage();
  try {
    return Buffer.from(await page.evaluate(make), "base64");
  } finally {
    await page.close();
  }
}

type Fields = Record<number, string | number>;

/** An APP1 segment with texts and small numbers in the first directory and in the one of the camera. */
function exif(first: Fields, camera: Fields): Buffer {
  const CAMERA = 0x8769;
  const count = Object.keys(first).length + 1;
  const cameraAt = 8 + 2 + count * 12 + 4;
  let textAt = cameraAt + 2 + Object.keys(camera).length * 12 + 4;
  const texts: Buffer[] = [];
  const directory = (fields: Fields, more?: [number, number]) => {
    const entries = Object.entries(fields).map(([tag, value]) => {
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(Number(tag), 0);
      if (typeof value === "number") {
        entry.writeUInt16LE(3, 2);
        entry.writeUInt32LE(1, 4);
        entry.writeUInt16LE(value, 8);
        return entry;
      }
      const bytes = Buffer.from(`${value}\0`, "latin1");
      entry.writeUInt16LE(2, 2);
      entry.writeUInt32LE(bytes.length, 4);
      entry.writeUInt32LE(textAt, 8);
      texts.push(bytes);
      textAt += bytes.length;
      return entry;
    });
    if (more) {
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(more[0], 0);
      entry.writeUInt16LE(4, 2);
      entry.writeUInt32LE(1, 4);
      entry.writeUInt32LE(more[1], 8);
      entries.push(entry);
    }
    const size = Buffer.alloc(2);
    size.writeUInt16LE(entries.length);
    return Buffer.concat([size, ...entries, Buffer.alloc(4)]);
  };
  const body = Buffer.concat([Buffer.from("Exif\0\0II*\0\b\0\0\0", "latin1"), directory(first, [CAMERA, cameraAt]), directory(camera), ...texts]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}
