/** Why a bucket was not heard. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Code } from "./error";

const Plain = Request;
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
vi.stubGlobal("Request", class extends Plain {
  constructor(path: string, init?: RequestInit) {
    super(new URL(path, "https://alcove.test"), init);
  }
});
vi.stubGlobal("XMLHttpRequest", class {
  readonly upload = {};
  onerror = () => {};
  onloadend = () => {};
  open() {}
  setRequestHeader() {}
  send() {
    this.onerror();
    this.onloadend();
  }
});

const { putPart } = await import("./bucket");

let isOnline: boolean;
const fault = (url: string) => putPart(url, new Blob(["x"]), () => {}, new AbortController().signal).catch((error: unknown) => error);

beforeEach(() => {
  isOnline = true;
  vi.stubGlobal("location", { protocol: "https:" });
  vi.stubGlobal("fetch", async (asked: string | Request) => {
    const isOurs = typeof asked !== "string";
    if (isOurs && isOnline) return new Response('{"code":0,"msg":""}');
    throw new TypeError("Failed to fetch");
  });
});
afterEach(() => vi.stubGlobal("location", undefined));

it("a browser lets no page that came by https speak http, except to its own computer", async () => {
  expect(await fault("http://bucket.test/a/1")).toMatchObject({ code: Code.bucketInsecure, message: "bucket.test" });
  expect(await fault("https://bucket.test/a/1")).toMatchObject({ code: Code.bucketAway });
  for (const host of ["localhost:9000", "s3.localhost", "127.0.0.1:9000", "[::1]:9000"]) expect(await fault(`http://${host}/a/1`)).toMatchObject({ code: Code.bucketAway });
});

it("a page that came by http may", async () => {
  vi.stubGlobal("location", { protocol: "http:" });
  expect(await fault("http://bucket.test/a/1")).toMatchObject({ code: Code.bucketAway });
});

it("nothing is said of the bucket while our own server is away", async () => {
  isOnline = false;
  expect(await fault("http://bucket.test/a/1")).toMatchObject({ code: Code.network });
});
