/** Uploads that go straight to a bucket: what is sent, and how it becomes a file. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { errorText } from "@/shared/message";
import { add, begin, engine, keeper, partsOf, reloaded, until, world, xml } from "./bucket-world";

beforeEach(begin);

describe("an upload to a bucket", () => {
  it("sends all parts without tokens, has them joined by their ETags in order, and tells our server", async () => {
    // The first comes last.
    let release = () => {};
    world.put = (part, attempt) => (part === "s0/0" && attempt < 3 ? { status: 503, body: xml("SlowDown") } : undefined);
    world.gate = new Promise((resume) => (release = resume));
    add("0123456789ab!");
    await vi.waitFor(() => expect(world.now).toBe(3));
    release();
    const item = await until("done");
    expect(item.sent).toBe(13);
    expect([...world.parts].sort()).toEqual([["s0/0", "0123"], ["s0/1", "4567"], ["s0/2", "89ab"], ["s0/3", "!"]]);
    expect(world.headers.every((headers) => JSON.stringify(headers) === '{"Content-Type":"application/octet-stream"}')).toBe(true);
    expect(world.joins).toHaveLength(1);
    expect(world.joins[0]?.init).toMatchObject({ method: "POST", credentials: "omit", headers: { "content-type": "application/octet-stream" } });
    expect(partsOf(world.joins[0]?.init)).toEqual([0, 1, 2, 3].map((index) => [index + 1, `&quot;t&amp;${index}&quot;`]));
    expect(world.told).toEqual(["/api/v4/callback/s3/s0/secret"]);
    expect(world.most).toBe(3);
    expect(keeper.kept.size).toBe(0);
  });

  it("sends an empty file as one empty part", async () => {
    world.kind = "ks3";
    add("");
    await until("done");
    expect([...world.parts]).toEqual([["s0/0", ""]]);
    expect(partsOf(world.joins[0]?.init)).toHaveLength(1);
    expect(world.told).toEqual(["/api/v4/callback/ks3/s0/secret"]);
  });

  it.each([
    ["obs", {}],
    ["cos", { "x-cos-forbid-overwrite": "true" }],
    ["oss", { "x-oss-forbid-overwrite": "true", "x-oss-complete-all": "yes" }],
  ])("says to %s what it wants to hear when parts are joined", async (kind, headers) => {
    world.kind = kind;
    // One joins what it has, and need not show what it is called.
    const takesAll = kind === "oss";
    world.exposes = !takesAll;
    add("0123456789");
    await until("done");
    expect(world.puts).toHaveLength(3);
    expect(world.joins[0]?.init.headers).toEqual({ "content-type": "application/octet-stream", ...headers });
    if (takesAll) expect(world.joins[0]?.init.body).toBeUndefined();
    else expect(partsOf(world.joins[0]?.init)).toHaveLength(3);
    expect(world.told).toEqual([`/api/v4/callback/${kind}/s0/secret`]);
  });

  it("goes nowhere when the kind of storage is not known", async () => {
    world.kind = "upyun";
    add("0123456789");
    const item = await until("failed");
    expect(world.puts).toEqual([]);
    expect(errorText(item.error)).toContain('of the kind "upyun"');
    await engine.cancel(item.id);
    expect(world.canceled).toEqual(["s0"]);
  });

  it("ends at once when it is canceled, at the bucket as well", async () => {
    world.gate = new Promise(() => {});
    add("0123456789ab");
    await vi.waitFor(() => expect(world.now).toBe(3));
    await engine.cancel(engine.snapshot()[0]?.id ?? "");
    expect(world.aborted).toBe(3);
    expect(world.canceled).toEqual(["s0"]);
    expect(keeper.kept.size).toBe(0);
    expect(world.joins).toEqual([]);
  });
});

describe("after a reload", () => {
  const reload = async () => {
    await vi.waitFor(() => expect(keeper.kept.size).toBe(1));
    world.puts.length = 0;
    world.put = () => undefined;
    world.join = () => undefined;
    for (const kept of keeper.kept.values()) kept.item.state = "running";
    reloaded();
    await engine.restore("me");
    return await until("done");
  };

  it("only missing parts go, and those before are joined by the ETags that were kept", async () => {
    world.put = (part) => (part >= "s0/2" ? { status: 400, body: xml("BadDigest") } : undefined);
    world.chunks = 1;
    add("0123456789ab");
    await until("failed");
    await reload();
    expect(world.puts).toEqual(["s0/2"]);
    expect(world.opened).toBe(1);
    expect(partsOf(world.joins[0]?.init).map(([, tag]) => tag)).toEqual([0, 1, 2].map((index) => `&quot;t&amp;${index}&quot;`));
  });

  it("nothing goes a second time when all parts are there", async () => {
    world.join = () => ({ status: 403, body: xml("AccessDenied") });
    add("0123456789ab");
    await until("failed");
    await reload();
    expect(world.puts).toEqual([]);
    expect(world.joined).toEqual(new Set(["s0"]));
  });
});

describe("the completion", () => {
  it("is believed by what our server says when its answer is lost", async () => {
    world.join = (attempt) => (attempt === 1 ? "lost after" : undefined);
    add("01234567");
    await until("done");
    expect(world.joins).toHaveLength(1);
    expect(world.told).toHaveLength(1);
  });

  it("is asked for again when it never came to the bucket", async () => {
    world.join = (attempt) => (attempt === 1 ? "lost" : undefined);
    add("01234567");
    await until("done");
    expect(world.joins).toHaveLength(2);
    expect(world.opened).toBe(1);
  });

  it("has happened when the bucket knows the upload no more and our server has trouble telling", async () => {
    world.tell = (attempt) => (attempt <= 2 ? { status: 400, body: '{"code":50004,"msg":"storage"}' } : undefined);
    add("01234567");
    await until("done");
    expect(world.joins).toHaveLength(3);
    expect(world.told).toHaveLength(3);
    expect(world.opened).toBe(1);
  });

  it("has failed when an error comes with success", async () => {
    world.join = (attempt) => (attempt === 1 ? { status: 200, body: xml("InternalError") } : undefined);
    add("01234567");
    await until("done");
    expect(world.joins).toHaveLength(2);

    engine.clearDone();
    world.join = () => ({ status: 200, body: xml("EntityTooSmall", "Your &#34;upload&#34; is too small") });
    add("01234567");
    const item = await until("failed");
    expect(errorText(item.error)).toBe('The storage refused: EntityTooSmall: Your "upload" is too small');
    expect(world.joins).toHaveLength(3);
  });
});
