/** How long what fails is tried again. */
import { describe, expect, it } from "vitest";
import { ApiError, Code } from "@/api/error";
import { Patience } from "./patience";

const MINUTE_MS = 60_000;
/** Who has waited so often waits without end. */
const ENDLESS = 40;

/** What becomes of work that always fails so. */
async function tried(code: number, bounds?: Parameters<Patience["attempt"]>[3]) {
  const waits: number[] = [];
  let reached = () => {};
  const endless = new Promise<"endless">((resume) => (reached = () => resume("endless")));
  const wait = async (ms: number) => {
    waits.push(ms);
    if (waits.length < ENDLESS) return;
    reached();
    await new Promise(() => {});
  };
  const patience = new Patience({ retryMs: [1000, 2000, 4000, 8000, 15_000], now: () => 0, wait });
  let tries = 0;
  const work = () => Promise.reject(new ApiError(code, `no ${++tries}`));
  const given = patience.attempt(work, new AbortController().signal, () => {}, bounds).catch(({ message }: ApiError) => message);
  return { end: await Promise.race([given, endless]), tries, waits, sum: waits.reduce((all, ms) => all + ms, 0) };
}

const known = { isStrange: () => false };
const strange = { isStrange: () => true };

describe("a storage that fails when all of a part has been sent", () => {
  it("is sent it eight times in some minutes, further and further apart", async () => {
    const { end, tries, waits, sum } = await tried(Code.storage, known);
    expect([end, tries]).toEqual(["no 8", 8]);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(sum).toBeGreaterThan(5 * MINUTE_MS);
    expect(sum).toBeLessThan(10 * MINUTE_MS);
  });

  it("is sent it less often where nothing ever got through", async () => {
    const { end, sum } = await tried(Code.storage, strange);
    expect(end).toBe("no 6");
    expect(sum).toBeLessThan(2 * MINUTE_MS);
  });

  it("is asked as long as it takes what costs nothing", async () => {
    expect((await tried(Code.storage)).end).toBe("endless");
  });
});

describe("a storage that nothing has reached", () => {
  it("is not waited for without end, for it may be one that this browser cannot find or trust", async () => {
    const { end, sum } = await tried(Code.bucketAway, strange);
    expect(end).toBe("no 10");
    expect(sum).toBeLessThan(5 * MINUTE_MS);
    expect((await tried(Code.bucketClosed, strange)).end).toBe("no 3");
    expect((await tried(Code.brokenOff, strange)).end).toBe("no 10");
  });

  it("is not waited for without end when it says that it is in trouble, but longer when it has taken something", async () => {
    expect((await tried(Code.bucketBusy, strange)).end).toBe("no 10");
    const { end, sum } = await tried(Code.bucketBusy, known);
    expect(end).toBe("no 30");
    expect(sum).toBeGreaterThan(10 * MINUTE_MS);
    expect(sum).toBeLessThan(20 * MINUTE_MS);
  });

  it("is waited for as long as it takes when it has taken something, and our own server is in any case", async () => {
    expect((await tried(Code.bucketAway, known)).end).toBe("endless");
    expect((await tried(Code.brokenOff, known)).end).toBe("endless");
    expect((await tried(Code.network, strange)).end).toBe("endless");
  });
});

it("tries no more often than it is told to, but waits for our server", async () => {
  expect((await tried(Code.storage, { tries: 3 })).end).toBe("no 3");
  expect((await tried(Code.internal, { tries: 3 })).end).toBe("no 3");
  expect((await tried(Code.network, { tries: 3 })).end).toBe("endless");
});
