/** Uploads to buckets that pass through our server: that tells whether it reaches them. */
import { beforeEach, describe, expect, it } from "vitest";
import { Code } from "@/api/error";
import { errorText } from "@/shared/message";
import { AWAY, add, begin, engine, LONG, until, waitedLong, wake, world } from "./bucket-world";

beforeEach(begin);

describe("an upload that goes to a bucket by way of our server", () => {
  it("passes through our server where the policy wants that", async () => {
    world.relay = true;
    add("0123456789");
    await until("done");
    // What our server has it keeps, and its last chunk makes the file.
    expect([...world.parts.keys()].sort()).toEqual(["s0/1", "s0/2"]);
    expect(world.joins).toEqual([]);
    expect(world.told).toEqual([]);
  });

  it("gives a storage that our server cannot reach some minutes, which is said, and goes on when it is told to; but no room is no reason to wait", async () => {
    world.relay = true;
    world.chunks = 1;
    world.put = () => ({ status: 200, body: '{"code":50004,"msg":"storage: the storage failed"}' });
    add("0123456789");
    const tired = await until("failed");
    expect(errorText(tired.error)).toBe("The storage did not answer.");
    expect(world.puts).toEqual(Array(8).fill("s0/1"));
    world.put = () => undefined;
    engine.resume(tired.id);
    await until("done");

    engine.clearDone();
    world.puts.length = 0;
    world.put = () => ({ status: 200, body: '{"code":50004,"msg":"storage: no space left in storage"}' });
    add("0123456789");
    const item = await until("failed");
    expect(errorText(item.error)).toMatch(/no room left/);
    expect(world.puts).toHaveLength(6);
  });

  it("sends nothing more to a bucket that our server says is away, for as long as that takes, and says so", async () => {
    world.relay = true;
    world.chunks = 1;
    world.away = true;
    world.put = () => ({ status: 200, body: AWAY });
    add("0123456789");
    expect(errorText((await waitedLong())?.why)).toBe("The storage is away.");
    expect(world.puts).toEqual(["s0/1"]);
    expect(world.looks).toBe(LONG - 1);
    world.away = false;
    world.put = () => undefined;
    wake();
    expect((await until("done")).waiting).toBeUndefined();
    expect(world.puts).toEqual(["s0/1", "s0/1", "s0/2"]);
  });

  it("hears why it broke off where our server does not wait for the end of what it cannot store", async () => {
    world.relay = true;
    world.away = true;
    world.chunks = 1;
    world.put = () => "lost";
    add("01234567");
    expect(errorText((await waitedLong())?.why)).toBe("The storage is away.");
    world.away = false;
    world.put = () => undefined;
    wake();
    await until("done");
  });

  it("is not said to wait for our server when that answers and what was sent broke off", async () => {
    world.relay = true;
    world.put = () => "lost";
    add("0123456789");
    expect((await waitedLong())?.why.code).toBe(Code.brokenOff);
    world.put = () => undefined;
    wake();
    await until("done");
  });
});
