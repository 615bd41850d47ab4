/** Small files of every kind a viewer opens, made here so that none has to be kept. */
import { crc32, deflateSync } from "node:zlib";

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, sum]);
}

/** A picture of one colour. */
export const png = (width: number, height: number, [red, green, blue]: [number, number, number]) => picture(width, height, () => [red, green, blue]);

/** A picture with something in it, another for every number. */
export const gradient = (width: number, height: number, number: number) =>
  picture(width, height, (x, y) => {
    const hill = Math.sin((x / width) * 5 + number * 2) * 0.12 + 0.62;
    const sky = y / height < hill;
    const light = sky ? 255 - (y / height) * 130 : 90 + ((x * 7 + y * 3) % 23) * 2;
    return [light * [0.65, 0.55, 0.9][number % 3]!, light * [0.85, 0.9, 0.6][number % 3]!, light * (sky ? 1 : 0.5)] as [number, number, number];
  });

function picture(width: number, height: number, colour: (x: number, y: number) => [number, number, number]): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Array.from({ length: height }, (_, y) => {
    const line = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x += 1) line.set(colour(x, y).map(Math.round), 1 + x * 3);
    return line;
  });
  const pixels = deflateSync(Buffer.concat(lines));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]));
}

/** Two pages with a word on each. */
export function pdf(): string {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents 5 0 R /Resources << /Font << /F1 6 0 R >> >> >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents 5 0 R /Resources << /Font << /F1 6 0 R >> >> >>",
    "<< /Length 44 >>\nstream\nBT /F1 24 Tf 60 300 Td (Hello, page) Tj ET\nendstream",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((object, at) => {
    const place = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  return `${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF`;
}

/** A second of a quiet tone. */
export function wav(): Uint8Array<ArrayBuffer> {
  const rate = 8000;
  const data = Buffer.alloc(44 + rate);
  data.write("RIFF", 0);
  data.writeUInt32LE(36 + rate, 4);
  data.write("WAVEfmt ", 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate, 28);
  data.writeUInt16LE(1, 32);
  data.writeUInt16LE(8, 34);
  data.write("data", 36);
  data.writeUInt32LE(rate, 40);
  for (let at = 0; at < rate; at += 1) data[44 + at] = 128 + Math.round(20 * Math.sin((at * 440 * 2 * Math.PI) / rate));
  return new Uint8Array(data);
}

/** An archive of texts as they are, under these names. */
export function zip(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, body] = [Buffer.from(name), Buffer.from(text)];
    // Version 2.0, names in UTF-8, stored, the 4th of May 2026 at 3:02:02.
    const about = Buffer.alloc(26);
    for (const [place, value] of [[0, 20], [2, 0x800], [6, 0x1841], [8, 0x5ca4], [22, path.length]] as const) about.writeUInt16LE(value, place);
    about.writeUInt32LE(crc32(body), 10);
    about.writeUInt32LE(body.length, 14);
    about.writeUInt32LE(body.length, 18);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), about, path, body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0", "latin1"), about, rest, path]));
    parts.push(local);
    at += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, listing, end]));
}
