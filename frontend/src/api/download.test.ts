import { expect, it, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
const Plain = Request;
vi.stubGlobal("Request", class extends Plain {
  constructor(path: string, init?: RequestInit) {
    super(new URL(path, "http://alcove.test"), init);
  }
});
const { download } = await import("./download");

const answer = (body: string, type: string, status = 200) => {
  const asked = vi.fn(async (_request: Request) => new Response(body, { status, headers: { "Content-Type": type, "Content-Length": String(body.length) } }));
  vi.stubGlobal("fetch", asked);
  return asked;
};

it("hands over the file, and asks for it as it was told", async () => {
  const asked = answer("a,b\r\n", "text/csv; charset=utf-8");
  const file = await download("/admin/event/export", { conditions: {}, format: "csv" });
  expect(await file.text()).toBe("a,b\r\n");
  const request = asked.mock.lastCall?.[0];
  expect([request?.method, new URL(request?.url ?? "").pathname]).toEqual(["POST", "/api/v4/admin/event/export"]);
  expect(await request?.json()).toEqual({ conditions: {}, format: "csv" });
});

it("takes nothing for an empty file, and no envelope for a file", async () => {
  answer("", "application/x-ndjson");
  expect((await download("/x", {})).size).toBe(0);
  answer('{"code":403,"msg":"no"}', "application/json; charset=utf-8");
  await expect(download("/x", {})).rejects.toMatchObject({ code: 403, message: "no" });
  answer('{"code":0,"msg":""}', "application/json");
  await expect(download("/x", {})).rejects.toMatchObject({ code: -1 });
  answer("404 page not found", "text/plain", 404);
  await expect(download("/x", {})).rejects.toMatchObject({ code: -1404 });
});
