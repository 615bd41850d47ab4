import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, Code } from "@/api/error";
import type { Upload } from "@/api/wire";
import { UploadEngine } from "./engine";
import { badNameOf, renamed } from "./items";
import type { Carrier, Found, Keeper, Transport, UploadItem } from "./types";

class MemoryKeeper implements Keeper {
  readonly kept = new Map<string, { item: UploadItem; file?: File }>();
  async save(item: UploadItem, file?: File) {
    this.kept.set(item.id, { item, file: file ?? this.kept.get(item.id)?.file });
  }
  async forget(id: string) {
    this.kept.delete(id);
  }
  async load() {
    return [...this.kept.values()];
  }
}

/** A server that keeps what it is sent. */
class Server implements Transport {
  readonly taken = new Set<string>();
  readonly sessions = new Map<string, { uri: string; chunks: Map<number, string> }>();
  readonly canceled: string[] = [];
  /** Paths that another upload holds until it is canceled. */
  readonly locked = new Set<string>();
  /** A session that is open for the same file, and what it has. */
  goesOnWith: string | undefined;
  received: number[] = [];
  /** What has a name, for those who look. */
  readonly there = new Map<string, Found>();
  readonly opened: { uri: string; replace: boolean }[] = [];
  chunkSize = 4;
  most = 0;
  now = 0;
  fail: (index: number, attempt: number) => ApiError | undefined = () => undefined;
  gate: Promise<void> | undefined;
  readonly attempts = new Map<number, number>();

  async open(item: UploadItem, replace: boolean): Promise<Upload> {
    const known = this.goesOnWith;
    if (known) return { session_id: known, upload_id: "", chunk_size: this.chunkSize, expires: 4e9, uri: item.uri, callback_secret: "", storage_policy: {}, received: this.received } as unknown as Upload;
    if (this.locked.has(item.uri)) throw new ApiError(Code.locked, "locked");
    if (this.taken.has(item.uri) && !replace) throw new ApiError(Code.nameTaken, "taken");
    const id = `s${this.sessions.size}`;
    this.opened.push({ uri: item.uri, replace });
    this.sessions.set(id, { uri: item.uri, chunks: new Map() });
    return { session_id: id, upload_id: "", chunk_size: this.chunkSize, expires: 4e9, uri: item.uri, callback_secret: "", storage_policy: {} } as Upload;
  }
  carrier(): Carrier {
    return {
      send: async ({ id }, ...rest) => {
        await this.send(id, ...rest);
        return undefined;
      },
    };
  }
  async send(session: string, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal) {
    const attempt = (this.attempts.get(index) ?? 0) + 1;
    this.attempts.set(index, attempt);
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    try {
      await (this.gate ?? Promise.resolve());
      signal.throwIfAborted();
      const error = this.fail(index, attempt);
      if (error) throw error;
      const known = this.sessions.get(session);
      if (!known) throw new ApiError(40011, "gone");
      progress(chunk.size);
      known.chunks.set(index, await chunk.text());
    } finally {
      this.now -= 1;
    }
  }
  async cancel(session: string) {
    this.canceled.push(session);
    this.locked.clear();
  }
  async look(uri: string): Promise<Found> {
    const found = this.there.get(uri);
    if (!found) throw new ApiError(40016, "nothing there");
    return found;
  }
  text(session: string) {
    const chunks = this.sessions.get(session)?.chunks ?? new Map<number, string>();
    return [...chunks].sort(([a], [b]) => a - b).map(([, text]) => text).join("");
  }
}

let server: Server;
let keeper: MemoryKeeper;
let engine: UploadEngine;

const make = () => new UploadEngine(server, keeper, { wait: () => Promise.resolve() });
const entry = (name: string, text: string) => ({
  file: new File([text], name, { lastModified: 7 }),
  folder: "cloudreve://my/",
  uri: `cloudreve://my/${encodeURIComponent(name)}`,
  name,
});
const until = (done: (items: readonly UploadItem[]) => boolean, on = engine) =>
  new Promise<readonly UploadItem[]>((resolve) => {
    const look = () => {
      if (!done(on.snapshot())) return;
      stop();
      resolve(on.snapshot());
    };
    const stop = on.subscribe(look);
    queueMicrotask(look);
  });
const allIn = (state: string) => (items: readonly UploadItem[]) => items.length > 0 && items.every((item) => item.state === state);

beforeEach(() => {
  server = new Server();
  keeper = new MemoryKeeper();
  engine = make();
});

describe("the upload engine", () => {
  it("sends every byte once, in chunks, and forgets finished files", async () => {
    engine.add([entry("a b#.txt", "hello world")], "me");
    const [item] = await until(allIn("done"));
    expect(server.text("s0")).toBe("hello world");
    expect(server.sessions.get("s0")?.chunks.size).toBe(3);
    expect(item?.sent).toBe(11);
    expect(keeper.kept.size).toBe(0);
  });

  it("sends an empty file as one empty chunk", async () => {
    engine.add([entry("empty", "")], "me");
    await until(allIn("done"));
    expect([...(server.sessions.get("s0")?.chunks ?? [])]).toEqual([[0, ""]]);
  });

  it("sends chunks in parallel, but never more than agreed", async () => {
    server.chunkSize = 1;
    engine = new UploadEngine(server, keeper, { chunks: 4, files: 5 });
    engine.add(["a", "b", "c", "d"].map((name) => entry(name, "0123456789")), "me");
    await until(allIn("done"));
    expect(server.most).toBeGreaterThan(1);
    expect(server.most).toBeLessThanOrEqual(4);
  });

  it("repeats a chunk the network lost, and gives up on what the server refuses", async () => {
    server.fail = (index, attempt) => (index === 1 && attempt < 3 ? new ApiError(Code.network, "lost") : undefined);
    engine.add([entry("a", "12345678")], "me");
    await until(allIn("done"));
    expect(server.text("s0")).toBe("12345678");

    server.fail = () => new ApiError(Code.quota, "full");
    server.attempts.clear();
    engine.clearDone();
    engine.add([entry("b", "1")], "me");
    const [item] = await until(allIn("failed"));
    expect(item?.error?.code).toBe(Code.quota);
    expect(server.attempts.get(0)).toBe(1);
  });

  it("asks what to do about a name that is taken", async () => {
    server.taken.add("cloudreve://my/a.txt");
    engine.add([entry("a.txt", "x"), entry("b.txt", "y")], "me");
    const items = await until((all) => all.some((item) => item.state === "conflict") && all.some((item) => item.state === "done"));
    engine.resolve(items.find((item) => item.state === "conflict")?.id ?? "", "keep");
    const done = await until(allIn("done"));
    expect(done.map((item) => item.name)).toEqual(["a (1).txt", "b.txt"]);
    expect(done.map((item) => item.instead)).toEqual(["a.txt", undefined]);
  });

  it("tells its uploads by number, also one that was under way", async () => {
    server.fail = () => new ApiError(Code.quota, "full");
    const [first] = engine.add([entry("a", "1")], "me");
    await until(allIn("failed"));
    server.fail = () => undefined;
    const again = engine.add([entry("b", "2"), entry("a", "1")], "me");
    expect(again[1]).toBe(first);
    const done = await until((items) => items.length === 2 && allIn("done")(items));
    expect(done.map(({ id, name }) => [id, name])).toEqual([[first, "a"], [again[0], "b"]]);
  });

  it("takes the answer about a taken name from whoever adds the same file with one", async () => {
    server.taken.add("cloudreve://my/a.txt");
    const [asked] = engine.add([entry("a.txt", "x")], "me");
    await until(allIn("conflict"));
    expect(engine.add([entry("a.txt", "x")], "me", "keep")).toEqual([asked]);
    const done = await until(allIn("done"));
    expect(done.map((item) => item.name)).toEqual(["a (1).txt"]);
  });

  it("replaces or skips all when told so", async () => {
    for (const name of ["a", "b", "c"]) server.taken.add(`cloudreve://my/${name}`);
    engine.add(["a", "b", "c"].map((name) => entry(name, name)), "me");
    const [first] = await until(allIn("conflict"));
    engine.resolve(first?.id ?? "", "replace");
    await until((items) => items.filter((item) => item.state === "done").length === 1);
    expect(server.opened).toEqual([{ uri: "cloudreve://my/a", replace: true }]);
    engine.resolve(engine.snapshot().find((item) => item.state === "conflict")?.id ?? "", "skip", true);
    const rest = await until((items) => items.length === 1);
    expect(rest[0]?.state).toBe("done");
  });

  it("pauses and goes on with the missing chunks only", async () => {
    let release = () => {};
    server.fail = (index) => {
      if (index === 0) server.gate = new Promise((resolve) => (release = resolve));
      return undefined;
    };
    server.chunkSize = 1;
    engine.add([entry("a", "0123456789")], "me");
    const [running] = await until((items) => (items[0]?.received.length ?? 0) > 0);
    engine.pause(running?.id ?? "");
    await until(allIn("paused"));
    release();
    server.gate = undefined;
    server.fail = () => undefined;
    const before = engine.snapshot()[0]?.received.length ?? 0;
    server.attempts.clear();
    engine.resume(running?.id ?? "");
    await until(allIn("done"));
    expect(server.text("s0")).toBe("0123456789");
    expect([...server.attempts.values()].length).toBe(10 - before);
  });

  it("pauses everything, waiting files as well, and goes on with all of it", async () => {
    server.gate = new Promise(() => {});
    engine.add(["a", "b", "c", "d", "e"].map((name) => entry(name, "12345678")), "me");
    await until((items) => items.some(({ session }) => !!session));
    engine.pauseAll();
    await until(allIn("paused"));
    server.gate = undefined;
    engine.resumeAll();
    await until(allIn("done"));
    expect(engine.snapshot()).toHaveLength(5);
  });

  it("goes on after a reload where it stopped", async () => {
    server.chunkSize = 1;
    server.fail = (index) => (index >= 5 ? new ApiError(Code.quota, "stop") : undefined);
    engine.add([entry("a", "0123456789")], "me");
    await until(allIn("failed"));
    await keeper.save({ ...(engine.snapshot()[0] as UploadItem), state: "running" });
    server.fail = () => undefined;
    server.attempts.clear();
    const after = make();
    await after.restore("me");
    await until(allIn("done"), after);
    expect(server.text("s0")).toBe("0123456789");
    expect(server.sessions.size).toBe(1);
    expect(server.attempts.size).toBeLessThan(10);
  });

  it("leaves another account's uploads alone, and asks for files it could not keep", async () => {
    engine.add([entry("a", "1")], "somebody");
    engine.pause(engine.snapshot()[0]?.id ?? "");
    const lost = { ...entry("b", "22"), id: "lost", account: "me", size: 2, lastModified: 7, type: "", state: "paused", onConflict: "ask", sent: 0, received: [] } as unknown as UploadItem;
    keeper.kept.set("lost", { item: lost });
    const after = make();
    await after.restore("me");
    expect(after.snapshot().map((item) => [item.name, item.state])).toEqual([["b", "lost"]]);
    expect(after.giveFile("lost", new File(["333"], "b", { lastModified: 7 }))).toBe(false);
    expect(after.giveFile("lost", new File(["22"], "b", { lastModified: 7 }))).toBe(true);
    await until(allIn("done"), after);
  });

  it("starts anew when the server forgot the session", async () => {
    server.fail = () => new ApiError(Code.quota, "stop");
    engine.add([entry("a", "12345678")], "me");
    const [item] = await until(allIn("failed"));
    server.sessions.clear();
    server.fail = () => undefined;
    engine.resume(item?.id ?? "");
    await until(allIn("done"));
    expect(server.text("s0")).toBe("12345678");
  });

  it("tells the server when an upload is canceled", async () => {
    server.gate = new Promise(() => {});
    engine.add([entry("a", "12345678")], "me");
    const [item] = await until((items) => !!items[0]?.session);
    await engine.cancel(item?.id ?? "");
    expect(server.canceled).toEqual(["s0"]);
    await until((items) => items.length === 0);
    expect(keeper.kept.size).toBe(0);
  });
});

describe("what an earlier page or a lost answer left", () => {
  const uri = "cloudreve://my/a";
  const here = { isFile: true, size: 8, lastModified: 7 };

  it("goes on with the same file when it is chosen again", async () => {
    server.chunkSize = 1;
    server.fail = (index) => (index >= 5 ? new ApiError(Code.quota, "stop") : undefined);
    engine.add([entry("a", "0123456789")], "me");
    await until(allIn("failed"));
    for (const kept of keeper.kept.values()) kept.file = undefined;
    server.fail = () => undefined;
    server.attempts.clear();
    const after = make();
    await after.restore("me");
    await until(allIn("lost"), after);
    after.add([entry("a", "0123456789")], "me");
    await until(allIn("done"), after);
    expect(after.snapshot()).toHaveLength(1);
    expect(server.text("s0")).toBe("0123456789");
    expect(server.attempts.size).toBeLessThan(10);
  });

  it("sends only what is missing to a session the server goes on with", async () => {
    server.received = [0, 1];
    server.sessions.set("s0", { uri, chunks: new Map([[0, "0123"], [1, "4567"]]) });
    server.goesOnWith = "s0";
    engine.add([entry("a", "0123456789")], "me");
    await until(allIn("done"));
    expect([...server.attempts.keys()]).toEqual([2]);
    expect(server.text("s0")).toBe("0123456789");
  });

  it("does not ask about a file that is there already, and does not send it", async () => {
    server.taken.add(uri);
    server.there.set(uri, here);
    engine.add([entry("a", "12345678")], "me");
    const [item] = await until(allIn("done"));
    expect(item?.already).toBe(true);
    expect(server.sessions.size).toBe(0);
  });

  it("asks about one of another size or time, and about one that is not finished", async () => {
    for (const [name, found] of [["b", { ...here, size: 9 }], ["c", { ...here, lastModified: 8 }], ["d", { ...here, unfinished: "s9" }]] as const) {
      server.taken.add(`cloudreve://my/${name}`);
      server.there.set(`cloudreve://my/${name}`, found);
      engine.add([entry(name, "12345678")], "me");
    }
    const items = await until(allIn("conflict"));
    expect(items.map((item) => item.taken?.unfinished)).toEqual([undefined, undefined, "s9"]);
  });

  it("ends the upload that stands where a new version is wanted", async () => {
    server.there.set(uri, { ...here, unfinished: "s9" });
    server.locked.add(uri);
    engine.add([entry("a", "12345678")], "me", "replace");
    await until(allIn("done"));
    expect(server.canceled).toEqual(["s9"]);
  });

  it("makes no second version of what arrived unheard", async () => {
    server.fail = () => new ApiError(Code.sessionUnknown, "gone");
    server.there.set(uri, here);
    engine.add([entry("a", "12345678")], "me", "replace");
    const [item] = await until(allIn("done"));
    expect(item?.already).toBe(true);
    expect(server.opened).toHaveLength(1);
  });

  it("is ended on the server as well when its session was never heard of", async () => {
    const lost = { ...entry("a", "12345678"), file: undefined, id: "x", account: "me", size: 8, lastModified: 7, type: "", state: "paused", onConflict: "ask", sent: 0, received: [], doubtful: true } as unknown as UploadItem;
    keeper.kept.set("x", { item: lost });
    server.there.set(uri, { ...here, unfinished: "s9" });
    await engine.restore("me");
    const changed: string[] = [];
    engine.onChanged((item) => changed.push(item.uri));
    await engine.cancel("x");
    expect(server.canceled).toEqual(["s9"]);
    expect(changed).toEqual([uri]);
  });
});

describe("a server that is away", () => {
  it("is waited for, however long it takes", async () => {
    const waits: number[] = [];
    engine = new UploadEngine(server, keeper, {
      wait: (ms, signal) => new Promise((resume, stop) => {
        waits.push(ms);
        signal.addEventListener("abort", () => stop(signal.reason));
        if (waits.length < 20) resume();
      }),
    });
    server.fail = () => new ApiError(Code.network, "away");
    engine.add([entry("a", "1234")], "me");
    await vi.waitFor(() => expect(waits).toHaveLength(20));
    expect(engine.snapshot()[0]).toMatchObject({ state: "running", waiting: { why: { code: Code.network } } });
    server.fail = () => undefined;
    engine.wake();
    const [done] = await until(allIn("done"));
    expect(done?.waiting).toBeUndefined();
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  });

  it("is told apart from a file that cannot be read any longer", async () => {
    server.fail = () => new ApiError(Code.fileGone, "gone");
    engine.add([entry("a", "1234")], "me");
    const [item] = await until(allIn("failed"));
    expect(item?.error?.code).toBe(Code.fileGone);
    expect(server.attempts.get(0)).toBe(1);
  });
});

describe("pausing", () => {
  it("lets what is under way arrive, and begins nothing new", async () => {
    server.chunkSize = 1;
    let release = () => {};
    server.gate = new Promise((resolve) => (release = resolve));
    engine = new UploadEngine(server, keeper, { wait: (_, signal) => new Promise((_resume, stop) => signal.addEventListener("abort", () => stop(signal.reason))) });
    engine.add([entry("a", "0123456789")], "me");
    await vi.waitFor(() => expect(server.now).toBe(3));
    engine.pause(engine.snapshot()[0]?.id ?? "");
    release();
    const [item] = await until((items) => items[0]?.received.length === 3);
    expect(item?.state).toBe("paused");
    await until((items) => items[0]?.sent === 3);
    server.gate = undefined;
    server.attempts.clear();
    engine.resume(item?.id ?? "");
    await until(allIn("done"));
    expect(server.text("s0")).toBe("0123456789");
    expect(server.attempts.size).toBe(7);
  });
});

describe("new names for copies", () => {
  it("count before the extension", () => {
    expect(renamed({ uri: "cloudreve://my/x/plan%20b.tar.gz", name: "plan b.tar.gz" }, 2)).toEqual({
      name: "plan b.tar (2).gz",
      uri: "cloudreve://my/x/plan%20b.tar%20(2).gz",
    });
    expect(renamed({ uri: "cloudreve://my/.env", name: ".env" }, 1).name).toBe(".env (1)");
  });
});

it("knows names that no drive takes, of files and of the folders they come in", () => {
  expect(badNameOf({ uri: "cloudreve://my/Album/a%3F.txt" })).toBe("a?.txt");
  expect(badNameOf({ uri: "cloudreve://my/in%3Aside/good.txt" })).toBe("in:side");
  expect(badNameOf({ uri: "cloudreve://my/Album/.." })).toBe("..");
  expect(badNameOf({ uri: "cloudreve://id@share/Album/%C3%BCn%C3%AF%20%231.txt" })).toBeUndefined();
});
