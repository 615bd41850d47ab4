/** Uploads that go straight to Kodo, which speaks a language of its own. */
import { beforeEach, describe, expect, it } from "vitest";
import { errorText } from "@/shared/message";
import { add, begin, engine, until, world } from "./bucket-world";

beforeEach(begin);

describe("an upload to Kodo", () => {
  const said = (status: number, error: string) => ({ status, body: JSON.stringify({ error }) });
  beforeEach(() => {
    world.kind = "qiniu";
    world.exposes = false;
  });

  it("brings all parts to one address with a token, and has them joined by what they are called", async () => {
    world.put = (part, attempt) => (part === "s0/2" && attempt < 3 ? said(573, "too many requests") : undefined);
    add("0123456789");
    await until("done");
    expect([...world.parts].sort()).toEqual([["s0/1", "0123"], ["s0/2", "4567"], ["s0/3", "89"]]);
    expect(world.headers.every((headers) => headers.authorization === "UpToken ak:sign:policy")).toBe(true);
    const { url, init } = world.joins[0] ?? {};
    expect(url).toBe("https://bucket.test/s0");
    expect(init).toMatchObject({ method: "POST", credentials: "omit", headers: { "content-type": "application/json", authorization: "UpToken ak:sign:policy" } });
    const parts = [1, 2, 3].map((partNumber) => ({ etag: `t${partNumber}`, partNumber }));
    expect(JSON.parse(String(init?.body))).toEqual({ mimeType: "image/png", parts });
    expect(world.told).toEqual(["/api/v4/callback/qiniu/s0/secret"]);
  });

  it("sends an empty file as one empty part", async () => {
    add("");
    await until("done");
    expect([...world.parts]).toEqual([["s0/1", ""]]);
  });

  it("is done when it was joined and only the vendor could not tell our server", async () => {
    world.join = () => {
      world.joined.add("s0");
      return said(579, "callback failed");
    };
    world.tell = (attempt) => (attempt === 1 ? { status: 400, body: '{"code":50004,"msg":"storage"}' } : undefined);
    add("01234567");
    await until("done");
    expect(world.told).toHaveLength(2);
    expect(world.opened).toBe(1);
  });

  it("has failed when our server says no to what was joined", async () => {
    world.join = () => said(579, "callback failed");
    world.tell = () => ({ status: 400, body: '{"code":40055,"msg":"The stored file has 7 bytes, expected 8"}' });
    add("01234567");
    const item = await until("failed");
    expect(errorText(item.error)).toContain("expected 8");
  });

  it.each([said(401, "expired token"), said(612, "no such uploadId")])("is begun anew when the old one is worth nothing any more", async (gone) => {
    world.put = (part) => (part === "s0/2" ? gone : undefined);
    add("0123456789ab");
    await until("done");
    expect(world.canceled).toEqual(["s0"]);
    expect(world.opened).toBe(2);
  });

  it("hears in its own words what is refused, and a page of somebody else is no part", async () => {
    world.put = () => said(401, "bad token");
    add("0123");
    expect(errorText((await until("failed")).error)).toBe("The storage refused: bad token");
    await engine.cancel(engine.snapshot()[0]?.id ?? "");
    world.put = (_, attempt) => (attempt < 3 ? { status: 200, body: "<html>Please sign in</html>" } : undefined);
    add("0123");
    await until("done");
  });
});
