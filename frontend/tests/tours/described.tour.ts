/** A program by somebody who has nothing but the description of the API, and types made from it. */
import createClient from "openapi-fetch";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { paths } from "../../src/api/schema.gen";
import { type Server, startServer } from "../server";

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The data of success. The types know that a failure has none. */
function dataOf<T>(answer: { data?: { code: 0; data: T } | { code: number; msg: string } }): T {
  const envelope = answer.data;
  if (!envelope || !("data" in envelope)) throw new Error(`it failed: ${JSON.stringify(envelope)}`);
  return envelope.data;
}

it("signs in, uploads, lists, downloads, and is told why something fails", async () => {
  const account = { email: "typed@example.com", password: "correct horse" };
  const stranger = createClient<paths>({ baseUrl: `${server.base}/api/v4` });
  dataOf(await stranger.POST("/user", { body: account }));
  const { token } = dataOf(await stranger.POST("/session/token", { body: account }));
  const headers = { Authorization: `Bearer ${token.access_token}` };
  const api = createClient<paths>({ baseUrl: `${server.base}/api/v4`, headers });

  const bytes = { headers: { "Content-Type": "application/octet-stream" }, bodySerializer: (body: string) => body };
  const small = await api.PUT("/file/content", { params: { query: { uri: "cloudreve://my/small.txt" } }, body: "small", ...bytes });
  expect(dataOf(small).size).toBe(5);
  const session = dataOf(await api.PUT("/file/upload", { body: { uri: "cloudreve://my/large.txt", size: 5 } }));
  const path = { session: session.session_id, index: "0" };
  const chunk = await api.POST("/file/upload/{session}/{index}", { params: { path }, body: "large", ...bytes });
  expect(chunk.data?.code).toBe(0);

  const page = dataOf(await api.GET("/file", { params: { query: { uri: "cloudreve://my/", order_by: "name" } } }));
  expect(page.files.map(({ name }) => name)).toEqual(["large.txt", "small.txt"]);
  expect(page.parent.metadata).toBe(null);

  const links = dataOf(await api.POST("/file/url", { body: { uris: page.files.map(({ path }) => path ?? "") } }));
  const texts = links.urls.map(async (link) => await (await fetch(link?.url ?? "")).text());
  expect(await Promise.all(texts)).toEqual(["large", "small"]);

  const missing = await api.GET("/file", { params: { query: { uri: "cloudreve://my/nowhere" } } });
  expect(missing.data).toMatchObject({ code: 40016 });
  const nobody = await stranger.GET("/user/me");
  expect(nobody.data).toMatchObject({ code: 401, msg: expect.any(String) as string });
});
