/** Who waits for a storage that is away keeps nobody else waiting. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, Code } from "@/api/error";
import type { Upload } from "@/api/wire";
import { UploadEngine } from "./engine";
import type { Carrier, Found, Keeper, Transport, UploadItem } from "./types";

const keeper: Keeper = { save: async () => {}, forget: async () => {}, load: async () => [] };

/** Folders of which some are kept in a storage that is away. */
class Folders implements Transport {
  away = (_: string): number | undefined => undefined;
  /** Begun and not finished, now and at most. */
  now = 0;
  most = 0;
  sent = 0;
  asked = 0;
  canceled = 0;
  cancelFails: number | undefined;
  finds: Found | undefined;

  async open({ uri, id }: UploadItem): Promise<Upload> {
    return { session_id: id, upload_id: "", chunk_size: 1, expires: 4e9, uri, callback_secret: "", storage_policy: {} } as Upload;
  }
  carrier(): Carrier {
    return {
      send: async ({ uri }) => {
        this.sent += 1;
        this.now += 1;
        this.most = Math.max(this.most, this.now);
        await new Promise((resume) => setTimeout(resume));
        this.now -= 1;
        const code = this.away(uri);
        if (code) throw new ApiError(code, "away");
        return undefined;
      },
    };
  }
  async cancel() {
    this.canceled += 1;
    if (this.cancelFails) throw new ApiError(this.cancelFails, "no");
  }
  async look(): Promise<Found> {
    this.asked += 1;
    if (!this.finds) throw new ApiError(Code.storage, "no");
    return this.finds;
  }
}

let folders: Folders;
let asleep: Set<AbortSignal>;

/** Wakes only who is woken. */
const sleep = (_: number, signal: AbortSignal) =>
  new Promise<void>((_resume, stop) => {
    asleep.add(signal);
    signal.addEventListener("abort", () => {
      asleep.delete(signal);
      stop(signal.reason);
    });
  });
const entries = (folder: string, count: number, text = "123") =>
  Array.from({ length: count }, (_, index) => ({
    file: new File([text], `${index}`, { lastModified: 7 }),
    folder: `cloudreve://my/${folder}`,
    uri: `cloudreve://my/${folder}/${index}`,
    name: `${index}`,
  }));
const started = (engine: UploadEngine) => engine.snapshot().filter(({ state }) => state === "running").length;
const statesIn = (engine: UploadEngine, folder: string) => new Set(engine.snapshot().filter(({ uri }) => uri.includes(`/${folder}/`)).map(({ state }) => state));
/** Until nothing moves any longer. */
const still = () => new Promise((resume) => setTimeout(resume, 100));

beforeEach(() => {
  folders = new Folders();
  asleep = new Set();
});

describe("files of a storage that is away", () => {
  beforeEach(() => {
    folders.away = (uri) => (uri.includes("/sick") ? Code.storage : undefined);
  });

  it("let chunks of others through", async () => {
    const engine = new UploadEngine(folders, keeper, { files: 3, chunks: 6, wait: sleep });
    engine.add([...entries("sick", 2), ...entries("well", 1)], "me");
    await vi.waitFor(() => expect(statesIn(engine, "well")).toEqual(new Set(["done"])));
    expect(statesIn(engine, "sick")).toEqual(new Set(["running"]));
  });

  it("let other files begin", async () => {
    const engine = new UploadEngine(folders, keeper, { files: 3, chunks: 100, wait: sleep });
    engine.add([...entries("sick", 5), ...entries("well", 5)], "me");
    await vi.waitFor(() => expect(statesIn(engine, "well")).toEqual(new Set(["done"])));
    expect(started(engine)).toBe(3);
  });

  it("do not all begin because others wait, and come back no faster than others", async () => {
    const engine = new UploadEngine(folders, keeper, { files: 3, chunks: 6, wait: sleep });
    engine.add([...entries("sick", 30), ...entries("sick/below", 30)], "me");
    await still();
    expect(started(engine)).toBe(3);
    for (let folder = 0; folder < 30; folder += 1) engine.add(entries(`sick${folder}`, 2), "me");
    await still();
    expect(started(engine)).toBe(12);
    folders.away = () => undefined;
    engine.wake();
    await vi.waitFor(() => expect(statesIn(engine, "sick29")).toEqual(new Set(["done"])), 5000);
    await vi.waitFor(() => expect(engine.snapshot().every(({ state }) => state === "done")).toBe(true), 5000);
    expect(folders.most).toBe(6);
  });

  it("wait with everybody else when it is our server that is away", async () => {
    folders.away = () => Code.network;
    const engine = new UploadEngine(folders, keeper, { files: 3, chunks: 100, wait: sleep });
    engine.add([...entries("sick", 5), ...entries("well", 5)], "me");
    await still();
    expect(started(engine)).toBe(3);
  });
});

describe("an upload that is canceled", () => {
  const patient = () => {
    let waits = 0;
    // Who comes so far would never stop.
    return async (_: number, signal: AbortSignal) => void (++waits < 30 || (await sleep(0, signal)));
  };

  it("is let go when a storage does not let it end", async () => {
    folders.away = () => Code.quota;
    folders.cancelFails = Code.storage;
    const engine = new UploadEngine(folders, keeper, { wait: patient() });
    engine.add(entries("a", 1), "me");
    await vi.waitFor(() => expect(statesIn(engine, "a")).toEqual(new Set(["failed"])));
    await engine.cancel(engine.snapshot()[0]?.id ?? "");
    expect(folders.canceled).toBe(4);
  });

  it("is let go after a while when our server is away", async () => {
    folders.away = () => Code.quota;
    folders.cancelFails = Code.network;
    const engine = new UploadEngine(folders, keeper, { wait: sleep });
    engine.add(entries("a", 1), "me");
    await vi.waitFor(() => expect(statesIn(engine, "a")).toEqual(new Set(["failed"])));
    const after = AbortSignal.timeout.bind(AbortSignal);
    const soon = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => after(50));
    await engine.cancel(engine.snapshot()[0]?.id ?? "");
    expect(folders.canceled).toBe(1);
    expect(soon).toHaveBeenCalledWith(600_000);
    soon.mockRestore();
  });

  it("is let go when nobody can say what began", async () => {
    const known = { item: { ...entries("a", 1)[0], file: undefined, id: "x", account: "me", size: 3, type: "", lastModified: 7, state: "paused", onConflict: "ask", sent: 0, received: [], doubtful: true } as unknown as UploadItem };
    const engine = new UploadEngine(folders, { ...keeper, load: async () => [known] }, { wait: patient() });
    await engine.restore("me");
    await engine.cancel("x");
    expect(folders.asked).toBe(4);
  });
});
