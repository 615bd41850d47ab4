import { beforeEach, expect, it, vi } from "vitest";
import { ApiError, Code } from "@/api/error";

const { api, fetchContent, engine } = vi.hoisted(() => {
  type Item = { id: string; uri: string; name: string; state: string; error?: Error };
  const listeners = new Set<() => void>();
  let items: Item[] = [];
  return {
    api: { get: vi.fn(), post: vi.fn() },
    fetchContent: vi.fn(),
    /** A queue of which a test says how each upload ends. */
    engine: {
      ended: [] as string[],
      add: vi.fn(([{ uri, name }]: [{ uri: string; name: string }], _account: string, _how: string) => {
        items = [{ id: "1", uri, name, state: "running" }];
        return ["1"];
      }),
      cancel: vi.fn(async () => engineSet(undefined)),
      subscribe: (listener: () => void) => (listeners.add(listener), () => void listeners.delete(listener)),
      snapshot: () => items,
      set: (change: Partial<Item>) => engineSet(change),
    },
  };
  function engineSet(change: Partial<Item> | undefined) {
    items = change ? items.map((item) => ({ ...item, ...change })) : [];
    for (const listener of [...listeners]) listener();
  }
});
vi.mock("@/api/client", () => ({ api }));
vi.mock("@/api/bytes", () => ({ fetchContent }));
vi.mock("./engine-here", () => ({ engine }));

const { uploadBeside } = await import("./beside");

const FOLDER = "cloudreve://my/In";
const torrent = () => new File(["d4:a"], "x.torrent");
/** What has the name in the folder. */
const there = (size: number, text: string) => {
  api.get.mockResolvedValue({ type: 0, size, path: `${FOLDER}/x.torrent`, name: "x.torrent" });
  api.post.mockResolvedValue({ urls: [{ url: "/f" }] });
  fetchContent.mockResolvedValue(new Response(text));
};
const called = () => vi.waitFor(() => expect(engine.add).toHaveBeenCalled());

beforeEach(() => {
  vi.clearAllMocks();
  engine.set({ state: "running" });
  api.get.mockRejectedValue(new ApiError(40016, "nothing there"));
});

it("a file that something waits for is uploaded, under a free name if need be", async () => {
  const coming = uploadBeside(torrent(), FOLDER, new AbortController().signal);
  await called();
  expect(engine.add.mock.calls[0]?.[2]).toBe("keep");
  engine.set({ state: "done", uri: `${FOLDER}/x (1).torrent` });
  expect(await coming).toBe(`${FOLDER}/x (1).torrent`);
});

it("is not uploaded where the very same is there under its name", async () => {
  there(4, "d4:a");
  expect(await uploadBeside(torrent(), FOLDER, new AbortController().signal)).toBe(`${FOLDER}/x.torrent`);
  expect(engine.add).not.toHaveBeenCalled();
});

it("is uploaded beside what only has its name, or its size as well", async () => {
  for (const [size, text] of [[5, "d4:ab"], [4, "d4:b"]] as const) {
    engine.add.mockClear();
    fetchContent.mockClear();
    there(size, text);
    const coming = uploadBeside(torrent(), FOLDER, new AbortController().signal);
    await called();
    // What is larger is not read.
    expect(fetchContent).toHaveBeenCalledTimes(size === 4 ? 1 : 0);
    engine.set({ state: "done" });
    await coming;
  }
});

it("leaves nothing behind if it cannot be uploaded, and says why", async () => {
  const coming = uploadBeside(torrent(), FOLDER, new AbortController().signal);
  await called();
  const full = new ApiError(Code.nameTaken, "no room");
  engine.set({ state: "failed", error: full });
  await expect(coming).rejects.toBe(full);
  expect(engine.cancel).toHaveBeenCalledWith("1");
});

it("is called off by who waits for it", async () => {
  const waiting = new AbortController();
  const coming = uploadBeside(torrent(), FOLDER, waiting.signal);
  await called();
  waiting.abort();
  await expect(coming).rejects.toMatchObject({ name: "AbortError" });
  expect(engine.cancel).toHaveBeenCalledWith("1");
});

it("is not begun by who called it off before", async () => {
  await expect(uploadBeside(torrent(), FOLDER, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  expect(engine.add).not.toHaveBeenCalled();
});
