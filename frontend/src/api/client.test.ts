import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SignedIn } from "./wire";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });

vi.stubGlobal("navigator", {});

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
    vi.stubGlobal("fetch", () => answered.then((said) => said.clone()));
  });

  it("signs out whoever asked", async () => {
    const asked = api.get("/user/me");
    answer(401);
    await expect(asked).rejects.toMatchObject({ code: 401 });
    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(accounts.snapshot().accounts.anna?.expired).toBe(true);
  });

  it("signs out who was banned, whom the server knows no more though the token is good", async () => {
    const answers = [50001, 40020].map((code) => new Response(JSON.stringify({ code, msg: "" })));
    vi.stubGlobal("fetch", () => Promise.resolve(answers.shift()));
    await expect(api.get("/user/me")).rejects.toMatchObject({ code: 50001 });
    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(accounts.snapshot().accounts.anna?.expired).toBe(true);
  });

  it("stays where the database did not answer", async () => {
    const answers = [50001, 50001].map((code) => new Response(JSON.stringify({ code, msg: "" })));
    vi.stubGlobal("fetch", () => Promise.resolve(answers.shift()));
    await expect(api.get("/user/me")).rejects.toMatchObject({ code: 50001 });
    expect(onSignedOut).not.toHaveBeenCalled();
    expect(accounts.snapshot().accounts.anna?.expired).toBeUndefined();
  });

  it("leaves the session alone that the same account began meanwhile", async () => {
    const asked = api.get("/user/me");
    await Promise.resolve();
    const anew = person("anna");
    accounts.add({ ...anew, token: { ...anew.token, access_token: "anew", refresh_token: "anew" } });
    answer(401);
    await expect(asked).rejects.toMatchObject({ code: 401 });
    expect(onSignedOut).not.toHaveBeenCalled();
    expect(accounts.current()?.token.access_token).toBe("anew");
  });

  it("leaves it alone, too, where the old one is refused when it is refreshed", async () => {
    const old = person("anna");
    accounts.add({ ...old, token: { ...old.token, access_expires: new Date(0).toISOString() } });
    const asked = api.get("/user/me");
    await Promise.resolve();
    accounts.add(person("anna"));
    answer(40020);
    await expect(asked).rejects.toMatchObject({ code: 40020 });
    expect(onSignedOut).not.toHaveBeenCalled();
    expect(accounts.current()?.user.id).toBe("anna");
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

describe("a call", () => {
  const asked = vi.fn<(request: Request) => Promise<Response>>();
  const answer = (body: unknown, status = 200) => asked.mockResolvedValueOnce(new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
  const sent = () => asked.mock.lastCall?.[0] as Request;
  beforeEach(() => {
    asked.mockReset();
    vi.stubGlobal("fetch", asked);
    accounts.add(person("anna"));
  });

  it("is signed, and sends what stands in the path, the query and the body", async () => {
    answer({ code: 0, msg: "", data: { accounts: [] } });
    await api.get("/devices/dav", { query: { page_size: 5, next_page_token: undefined } });
    expect(sent().url).toBe("http://alcove.test/api/v4/devices/dav?page_size=5");
    expect(sent().headers.get("Authorization")).toBe("Bearer anna");
    answer({ code: 0, msg: "" });
    await api.patch("/user/reset/{id}", { path: { id: "a/b" }, body: { password: "new" } });
    expect(sent().url).toBe("http://alcove.test/api/v4/user/reset/a%2Fb");
    expect(await sent().json()).toEqual({ password: "new" });
  });

  it("sends bytes as they are", async () => {
    answer({ code: 0, msg: "", data: {} });
    await api.put("/file/content", { query: { uri: "cloudreve://my/a b" }, body: new Blob(["é"]) });
    expect(new URL(sent().url).searchParams.get("uri")).toBe("cloudreve://my/a b");
    expect(sent().headers.get("Content-Type")).toBe("application/octet-stream");
    expect(await sent().text()).toBe("é");
  });

  it("fails with what the envelope says, or with the status where there is none", async () => {
    answer({ code: 40004, msg: "taken", aggregated_error: { "cloudreve://my/a": { code: 40004, msg: "a" } } });
    await expect(api.post("/file/restore", { body: { uris: [] } })).rejects.toMatchObject({ code: 40004, message: "taken" });
    answer({ code: 40016, msg: "no parent" }, 400);
    await expect(api.get("/user/me")).rejects.toMatchObject({ code: 40016 });
    answer("<html>", 404);
    await expect(api.get("/user/me")).rejects.toMatchObject({ code: -1404 });
    answer("<html>", 502);
    await expect(api.get("/user/me")).rejects.toMatchObject({ code: -1000 });
  });
});
