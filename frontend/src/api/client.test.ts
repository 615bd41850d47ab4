import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SignedIn } from "./wire";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });

const Plain = Request;
vi.stubGlobal("Request", class extends Plain {
  constructor(path: string, init?: RequestInit) {
    super(new URL(path, "http://alcove.test"), init);
  }
});

const { accounts } = await import("./accounts");
const { api, hook } = await import("./client");

const later = new Date(Date.now() + 3_600_000).toISOString();
const person = (id: string) => ({ user: { id, nickname: id }, token: { access_token: id, refresh_token: id, access_expires: later, refresh_expires: later } }) as SignedIn;
const onSignedOut = vi.fn();
hook({ onSignedOut });

describe("a request whose session has ended", () => {
  let answer: (code: number) => void;
  beforeEach(() => {
    onSignedOut.mockClear();
    accounts.add(person("bert"));
    accounts.add(person("anna"));
    const answered = new Promise<Response>((resolve) => (answer = (code) => resolve(new Response(JSON.stringify({ code, msg: "" })))));
    vi.stubGlobal("fetch", () => answered);
  });

  it("signs out whoever asked", async () => {
    const asked = api.get("/user/me");
    answer(401);
    await expect(asked).rejects.toMatchObject({ code: 401 });
    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(accounts.snapshot().accounts.anna?.expired).toBe(true);
  });

  it("leaves alone who came in meanwhile", async () => {
    const asked = api.get("/user/me");
    await Promise.resolve();
    accounts.choose("bert");
    answer(401);
    await expect(asked).rejects.toMatchObject({ code: 401 });
    expect(onSignedOut).not.toHaveBeenCalled();
    expect(accounts.current()?.user.id).toBe("bert");
    expect(accounts.snapshot().accounts.bert?.expired).toBeUndefined();
  });
});
