import { describe, expect, it } from "vitest";
import { type DamagedRow, damagedIn } from "../data/health";
import { canBeTaken, fileNames, isBehind, nameOf, settle } from "./settle";

const file = (name: string, email?: string) => ({ id: 1, name, owner_id: 1, created_at: "", updated_at: "", edges: email ? { owner: { id: 1, email, nick: "" } } : {} });
const row = (more: object = {}) => ({ id: 7, policy_id: 1, source: "uploads/1/x", size: 5, damage: "content", found_at: "", files: [], ...more }) as unknown as DamagedRow;
const health = (...damaged: number[]) => ({ running: false, policies: damaged.map((count, id) => ({ id, name: "", type: "local", unhashed: 0, damaged: count, lacking: 0, members_away: [] })) });

describe("damaged blobs", () => {
  it("are settled one after the other, whatever becomes of one of them", async () => {
    const told: number[] = [];
    const read: number[] = [];
    const act = (id: number) => {
      read.push(id);
      return id === 2 ? Promise.reject(new Error("away")) : Promise.resolve(id === 3);
    };
    expect(await settle([1, 2, 3, 4], act, (done) => told.push(done))).toEqual({ whole: 2, left: 1, failures: [new Error("away")] });
    expect(read).toEqual([1, 2, 3, 4]);
    expect(told).toEqual([0, 1, 2, 3]);
  });

  it("can be taken as they are only where there are as many bytes as there were", () => {
    expect(["content", "length", "missing", "of_tomorrow"].filter((damage) => canBeTaken(row({ damage })))).toEqual(["content"]);
  });

  it("are called by the files that hold them", () => {
    const held = row({ files: [file("beach.jpg", "alice@example.com"), file("copy.jpg")] });
    expect([nameOf(held), fileNames(held)]).toEqual(["beach.jpg", "beach.jpg (alice@example.com), copy.jpg"]);
    expect([nameOf(row()), fileNames(row())]).toEqual(["uploads/1/x", ""]);
  });

  it("are counted over all policies", () => {
    expect(damagedIn(health(2, 0, 3))).toBe(5);
    expect(damagedIn(undefined)).toBe(0);
  });

  it("are listed again while the list has not as many as are counted", () => {
    const page = (count: number, more = false) => ({ entities: Array.from({ length: count }, (_, id) => row({ id })), more });
    expect(isBehind([page(2)], health(2))).toBe(false);
    expect(isBehind([page(2, true), page(1)], health(1, 1))).toBe(true);
    expect(isBehind([page(2, true)], health(9))).toBe(false);
    expect(isBehind([page(2, true)], { ...health(9), running: true })).toBe(true);
    expect(isBehind(undefined, health(9))).toBe(false);
  });
});
