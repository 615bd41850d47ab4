/** Uploads that go to a bucket, for tests: everything between the queue and the network is as it is. */
import i18next from "i18next";
import { expect, vi } from "vitest";
import type { Upload } from "@/api/wire";
import texts from "@/locales/en.json";
import type { Found, Keeper, Transport, UploadItem } from "./types";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
const Plain = Request;
vi.stubGlobal("Request", class extends Plain {
  constructor(path: string, init?: RequestInit) {
    super(new URL(path, "http://alcove.test"), init);
  }
});

interface Answer {
  status: number;
  body?: string;
}
/** Or the connection breaks off. */
type Fate = Answer | "lost" | undefined;

export const xml = (code: string, message = "no") => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
/** As our server says that it does not reach the bucket. */
export const AWAY = '{"code":50004,"msg":"the storage is away"}';
const tagOf = (index: number) => `"t&${index}"`;

/** A bucket, our server and the network between. */
class World {
  /** Parts by session and index. */
  readonly parts = new Map<string, string>();
  readonly puts: string[] = [];
  readonly headers: Record<string, string>[] = [];
  readonly joins: { url: string; init: RequestInit }[] = [];
  readonly joined = new Set<string>();
  readonly told: string[] = [];
  readonly canceled: string[] = [];
  opened = 0;
  aborted = 0;
  exposes = true;
  online = true;
  /** Whether anybody answers at the bucket, even if this page may not read it. */
  isThere = true;
  kind = "s3";
  relay = false;
  chunks = 3;
  most = 0;
  now = 0;
  /** Of sessions, in seconds. */
  expires = 4e9;
  /** Our server cannot reach the bucket. */
  away = false;
  /** How often our server was asked whether it can. */
  looks = 0;
  gate: Promise<void> | undefined;
  put: (part: string, attempt: number) => Fate = () => undefined;
  /** Lost after: it is done, and the answer does not arrive. */
  join: (attempt: number) => Fate | "lost after" = () => undefined;
  tell: (attempt: number) => Fate = () => undefined;

  take(url: string, text: string): Fate {
    const part = url.split("/").slice(-2).join("/");
    this.puts.push(part);
    const fate = this.put(part, this.puts.filter((other) => other === part).length);
    if (!fate) this.parts.set(part, text);
    const told = this.kind === "qiniu" ? JSON.stringify({ etag: `t${part.split("/")[1]}`, md5: "" }) : "";
    return fate ?? { status: 200, body: url.startsWith("/") ? '{"code":0,"msg":""}' : told };
  }

  async fetch(asked: string | Request, init: RequestInit = {}): Promise<Response> {
    const url = typeof asked === "string" ? asked : asked.url;
    if (init.mode === "no-cors") return await this.#look(url, init);
    const fate = url.startsWith("https://bucket.test/") ? this.#join(url, init) : this.#server(new URL(url).pathname);
    if (typeof fate === "string") throw new TypeError("Failed to fetch");
    return new Response(fate?.body, { status: fate?.status });
  }

  async #look(url: string, init: RequestInit): Promise<Response> {
    expect([url, init.credentials]).toEqual(["https://bucket.test/", "omit"]);
    if (!this.isThere) throw new TypeError("Failed to fetch");
    return Response.error();
  }

  #join(url: string, init: RequestInit): Fate {
    this.joins.push({ url, init });
    const session = url.split("/").at(-1) ?? "";
    const fate = this.join(this.joins.length);
    if (!fate && this.joined.has(session)) return { status: 404, body: xml("NoSuchUpload") };
    if (!fate || fate === "lost after") this.joined.add(session);
    if (fate === "lost after") return "lost";
    return fate ?? { status: 200, body: "<CompleteMultipartUploadResult/>" };
  }

  #server(path: string): Fate {
    if (!this.online) return "lost";
    if (path.endsWith("/site/ping")) return { status: 200, body: '{"code":0,"msg":""}' };
    if (path.startsWith("/api/v4/file/upload/")) {
      this.looks += 1;
      return { status: 200, body: this.away ? AWAY : '{"code":0,"msg":""}' };
    }
    this.told.push(path);
    const known = this.joined.has(path.split("/").at(-2) ?? "");
    return this.tell(this.told.length) ?? (known ? { status: 200, body: '{"code":0,"msg":""}' } : { status: 400, body: '{"code":40087,"msg":"not there"}' });
  }
}

export let world: World;

class FakeRequest {
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly #headers: Record<string, string> = {};
  status = 0;
  responseText = "";
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  onloadend = () => {};
  #url = "";
  #over = false;

  open(_: string, url: string) {
    this.#url = url;
  }
  setRequestHeader(name: string, value: string) {
    this.#headers[name] = value;
  }
  getResponseHeader(name: string) {
    return name === "ETag" && world.exposes ? tagOf(Number(this.#url.split("/").at(-1))) : null;
  }
  abort() {
    if (this.#over) return;
    this.#over = true;
    world.aborted += 1;
    this.onabort();
    this.onloadend();
  }
  async send(body: Blob) {
    world.headers.push(this.#headers);
    world.now += 1;
    world.most = Math.max(world.most, world.now);
    await (world.gate ?? Promise.resolve());
    const text = await body.text();
    world.now -= 1;
    if (this.#over) return;
    this.#over = true;
    const fate = world.take(this.#url, text);
    if (typeof fate === "string" || !fate) this.onerror();
    else {
      Object.assign(this, { status: fate.status, responseText: fate.body ?? "" });
      this.upload.onprogress?.({ loaded: body.size });
      this.onload();
    }
    this.onloadend();
  }
}
vi.stubGlobal("XMLHttpRequest", FakeRequest);
vi.stubGlobal("fetch", (asked: string | Request, init?: RequestInit) => world.fetch(asked, init));

const { carrierOf } = await import("./data/carriers/choose");
const { UploadEngine } = await import("./engine");
type Engine = InstanceType<typeof UploadEngine>;

class MemoryKeeper implements Keeper {
  readonly kept = new Map<string, { item: UploadItem; file?: File }>();
  async save(item: UploadItem, file?: File) {
    this.kept.set(item.id, { item: structuredClone({ ...item, error: undefined, waiting: undefined }), file: file ?? this.kept.get(item.id)?.file });
  }
  async forget(id: string) {
    this.kept.delete(id);
  }
  async load() {
    return [...this.kept.values()];
  }
}

const transport: Transport = {
  async open(item) {
    const id = `s${world.opened++}`;
    const count = Math.max(1, Math.ceil(item.size / 4));
    return {
      session_id: id,
      upload_id: "u",
      upload_urls: world.kind === "qiniu" ? [`https://bucket.test/${id}`] : Array.from({ length: count }, (_, index) => `https://bucket.test/${id}/${index}`),
      ...(world.kind === "qiniu" && { credential: "ak:sign:policy", mime_type: "image/png" }),
      completeURL: `https://bucket.test/join/${id}`,
      chunk_size: 4,
      expires: world.expires,
      uri: item.uri,
      callback_secret: "secret",
      storage_policy: { type: world.kind, relay: world.relay, chunk_concurrency: world.chunks },
      // Nobody knows the ETags of these.
      received: [0],
    } as unknown as Upload;
  },
  carrier: carrierOf,
  async cancel(session) {
    world.canceled.push(session);
  },
  look: () => Promise.reject<Found>(new Error("nothing there")),
};

export let keeper: MemoryKeeper;
export let engine: Engine;
export const waits: number[] = [];
export const LONG = 20;
let isHeld = true;

export const make = () =>
  new UploadEngine(transport, keeper, {
    wait: async (ms, signal) => {
      waits.push(ms);
      // After so many it is time to look at who waits.
      if (isHeld && waits.length >= LONG) await new Promise((_, stop) => signal.addEventListener("abort", stop));
    },
  });
export const add = (text: string) => engine.add([{ file: new File([text], "a", { lastModified: 7 }), folder: "cloudreve://my/", uri: "cloudreve://my/a", name: "a" }], "me");
export const until = (state: string, on = engine) => vi.waitFor(() => {
  expect(on.snapshot()[0]?.state).toBe(state);
  return on.snapshot()[0] as UploadItem;
});
/** What it waits for, after many tries. */
export const waitedLong = async () => {
  await vi.waitFor(() => expect(waits.length).toBeGreaterThanOrEqual(LONG));
  expect(engine.snapshot()[0]?.state).toBe("running");
  return engine.snapshot()[0]?.waiting;
};
export const wake = () => {
  isHeld = false;
  engine.wake();
};
export const partsOf = (init?: RequestInit) => [...String(init?.body).matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)].map(([, number, tag]) => [Number(number), tag]);

/** Before each test. */
export async function begin() {
  world = new World();
  keeper = new MemoryKeeper();
  engine = make();
  waits.length = 0;
  isHeld = true;
  await i18next.init({ lng: "en", resources: { en: { translation: texts } }, interpolation: { escapeValue: false } });
}

/** The same computer after a reload of the page. */
export const reloaded = () => {
  engine = make();
};
