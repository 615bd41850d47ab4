import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import { faultOf } from "./torrent-file";

beforeAll(() => i18next.init({ lng: "cimode" }).then(() => undefined));

it("a file of this computer is taken for a torrent by its name, its size and how it begins", async () => {
  expect(await faultOf(new File(["d4:infode"], "x.TORRENT"))).toBeUndefined();
  expect(await faultOf(new File(["d4:infode"], "notes.txt"))).toBe("tasks.download.notTorrent");
  expect(await faultOf(new File([new Uint8Array((16 << 20) + 1).fill(100)], "x.torrent"))).toBe("tasks.download.torrentTooLarge");
  expect(await faultOf(new File(["<html>"], "x.torrent"))).toBe("tasks.why.badTorrent");
  expect(await faultOf(new File([], "x.torrent"))).toBe("tasks.why.badTorrent");
});

it("is none where it cannot be read any more", async () => {
  const gone = new File(["d"], "x.torrent");
  gone.slice = () => ({ text: () => Promise.reject(new DOMException("gone", "NotFoundError")) }) as unknown as Blob;
  expect(await faultOf(gone)).toBe("tasks.download.unreadable");
});
