/** Buckets that refuse, are in trouble, or cannot be reached by the browser. */
import { beforeEach, describe, expect, it } from "vitest";
import { Code } from "@/api/error";
import { errorText } from "@/shared/message";
import { add, begin, engine, LONG, partsOf, until, waitedLong, waits, wake, world, xml } from "./bucket-world";
import type { Waiting } from "./types";

beforeEach(begin);

describe("a bucket that says no", () => {
  const expired = { status: 403, body: xml("AccessDenied", "Request has expired") };

  it("is asked once more with a new session when the old one has expired", async () => {
    world.put = (part) => (part === "s0/1" ? expired : undefined);
    add("0123456789ab");
    await until("done");
    expect(world.canceled).toEqual(["s0"]);
    expect(world.opened).toBe(2);
    expect(partsOf(world.joins[0]?.init)).toHaveLength(3);
    expect(world.told).toEqual(["/api/v4/callback/s3/s1/secret"]);
  });

  it("is not asked for ever", async () => {
    world.put = () => ({ status: 404, body: xml("NoSuchUpload", "gone") });
    add("0123");
    const item = await until("failed");
    expect(world.canceled).toEqual(["s0", "s1"]);
    expect(errorText(item.error)).toBe("The storage no longer takes this upload: NoSuchUpload: gone");
    expect(item.session).toBeUndefined();
  });

  it("begins anew what was paused until the bucket takes its addresses no more", async () => {
    // The page was open all the time.
    world.expires = 1;
    world.put = (part) => (part.startsWith("s0/") ? { status: 403, body: xml("AccessDenied", "Request has expired") } : undefined);
    add("0123456789");
    await until("done");
    expect(world.opened).toBe(2);
    expect(world.canceled).toEqual(["s0"]);
  });

  it("is heard in its own words, at once", async () => {
    world.put = () => ({ status: 403, body: xml("SignatureDoesNotMatch", "Check your key") });
    add("0123");
    const item = await until("failed");
    expect(errorText(item.error)).toBe("The storage refused: SignatureDoesNotMatch: Check your key");
    expect(world.puts).toHaveLength(1);
  });

  it("is not asked without end when it is in trouble from the beginning", async () => {
    world.put = () => ({ status: 500 });
    add("0123");
    const item = await until("failed");
    expect(errorText(item.error)).toBe("The storage is in trouble: HTTP 500");
    expect(world.puts).toHaveLength(10);
    world.put = () => undefined;
    engine.resume(item.id);
    await until("done");
  });

  it("is given a while when it is in trouble after it has taken something, which is said", async () => {
    world.chunks = 1;
    world.put = (part) => (part === "s0/1" ? { status: 500 } : undefined);
    add("01234567");
    const waiting = await waitedLong();
    expect(errorText(waiting?.why)).toBe("The storage is in trouble: HTTP 500");
    expect(world.puts).toHaveLength(LONG + 1);
    world.put = () => undefined;
    wake();
    expect((await until("done")).waiting).toBeUndefined();
  });
});

describe("a bucket that this browser cannot use", () => {
  it("is told from being offline, and CORS rules are named", async () => {
    world.put = () => "lost";
    add("0123");
    const item = await until("failed");
    expect(world.puts).toHaveLength(3);
    expect(waits.reduce((all, ms) => all + ms, 0)).toBeLessThan(5000);
    expect(item.error?.code).toBe(Code.bucketClosed);
    expect(errorText(item.error)).toMatch(/^The storage "bucket\.test" cannot be reached from this browser\. Its CORS rules may be missing;/);
  });

  it("is waited for when it has taken something: then its rules are not what is missing", async () => {
    world.chunks = 1;
    world.put = (part) => (part === "s0/1" ? "lost" : undefined);
    add("01234567");
    expect((await waitedLong())?.why.code).toBe(Code.bucketClosed);
    expect(world.puts).toEqual(["s0/0", ...Array(LONG).fill("s0/1")]);
    world.put = () => undefined;
    wake();
    await until("done");
  });

  it("is waited for some minutes when nobody answers there and nothing has arrived, which is said with the time of the next try", async () => {
    world.isThere = false;
    world.put = () => "lost";
    const told: Waiting[] = [];
    engine.subscribe(() => {
      const waiting = engine.snapshot()[0]?.waiting;
      if (waiting && told.at(-1) !== waiting) told.push(waiting);
    });
    add("0123");
    const item = await until("failed");
    expect(errorText(item.error)).toBe('The storage "bucket.test" is away.');
    expect(told.map(({ why }) => why.code)).toEqual(Array(9).fill(Code.bucketAway));
    expect(told.at(-1)?.until).toBeGreaterThan(Date.now());
    expect(waits.slice(0, 6)).toEqual([1000, 2000, 4000, 8000, 15_000, 30_000]);
    expect(world.puts).toHaveLength(10);
    world.isThere = true;
    world.put = () => undefined;
    engine.resume(item.id);
    await until("done");
  });

  it("is waited for as long as it takes when it has taken something and is away now", async () => {
    world.chunks = 1;
    world.isThere = false;
    world.put = (part) => (part === "s0/1" ? "lost" : undefined);
    add("01234567");
    expect((await waitedLong())?.why.code).toBe(Code.bucketAway);
    world.put = () => undefined;
    wake();
    await until("done");
  });

  it("is waited for as long as our own server is away, with patience left for afterwards", async () => {
    world.online = false;
    world.put = () => "lost";
    add("0123");
    expect((await waitedLong())?.why.code).toBe(Code.network);
    world.online = true;
    world.put = (_, attempt) => (attempt > 22 ? undefined : "lost");
    wake();
    await until("done");
  });

  it("may keep its ETags to itself, which its CORS rules have to change", async () => {
    world.exposes = false;
    add("0123");
    const item = await until("failed");
    expect(item.error?.code).toBe(Code.bucketHidesTags);
    expect(errorText(item.error)).toMatch(/"bucket\.test".* ETag /);
    expect(world.puts).toHaveLength(1);
  });
});
