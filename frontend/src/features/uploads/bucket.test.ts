/** Uploads that go to a bucket, with everything between the queue and the network as it is. */
import i18next from "i18next";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Code } from "@/api/error";
import type { Upload } from "@/api/wire";
import texts from "@/locales/en.json";
import { errorText } from "@/shared/message";
import type { Found, Keeper, Transport, UploadItem, Waiting } from "./types";

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

const xml = (code: string, message = "no") => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
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
    this.told.push(path);
    const known = this.joined.has(path.split("/").at(-2) ?? "");
    return this.tell(this.told.length) ?? (known ? { status: 200, body: '{"code":0,"msg":""}' } : { status: 400, body: '{"code":40087,"msg":"not there"}' });
  }
}

let world: World;

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
      expires: 4e9,
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

let keeper: MemoryKeeper;
let engine: Engine;
const waits: number[] = [];
const LONG = 20;
let isHeld = true;

const make = () =>
  new UploadEngine(transport, keeper, {
    wait: async (ms, signal) => {
      waits.push(ms);
      // After so many it is time to look at who waits.
      if (isHeld && waits.length >= LONG) await new Promise((_, stop) => signal.addEventListener("abort", stop));
    },
  });
const add = (text: string) => engine.add([{ file: new File([text], "a", { lastModified: 7 }), folder: "cloudreve://my/", uri: "cloudreve://my/a", name: "a" }], "me");
const until = (state: string, on = engine) => vi.waitFor(() => {
  expect(on.snapshot()[0]?.state).toBe(state);
  return on.snapshot()[0] as UploadItem;
});
/** What it waits for, after many tries. */
const waitedLong = async () => {
  await vi.waitFor(() => expect(waits.length).toBeGreaterThanOrEqual(LONG));
  expect(engine.snapshot()[0]?.state).toBe("running");
  return engine.snapshot()[0]?.waiting;
};
const wake = () => {
  isHeld = false;
  engine.wake();
};
const partsOf = (init?: RequestInit) => [...String(init?.body).matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)].map(([, number, tag]) => [Number(number), tag]);

beforeEach(async () => {
  world = new World();
  keeper = new MemoryKeeper();
  engine = make();
  waits.length = 0;
  isHeld = true;
  await i18next.init({ lng: "en", resources: { en: { translation: texts } }, interpolation: { escapeValue: false } });
});

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

  it("is not said to wait for our server when that answers and what was sent broke off", async () => {
    world.relay = true;
    world.put = () => "lost";
    add("0123456789");
    expect((await waitedLong())?.why.code).toBe(Code.brokenOff);
    world.put = () => undefined;
    wake();
    await until("done");
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

describe("after a reload", () => {
  const reload = async () => {
    await vi.waitFor(() => expect(keeper.kept.size).toBe(1));
    world.puts.length = 0;
    world.put = () => undefined;
    world.join = () => undefined;
    for (const kept of keeper.kept.values()) kept.item.state = "running";
    engine = make();
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

describe("a bucket that says no", () => {
  const expired = { status: 403, body: xml("AccessDenied", "Request has expired") };

  it("is asked once more with a new session when the old one has expired", async () => {
    world.put = (part) => (part === "s0/1" ? expired : undefined);
    add("0123456789ab");
    await until("done");
    expect(world.canceled).toEqual(["s0"]);
    expect(world.opened).toBe(2);
    expect(partsOf(world.joins[0]?.init)).toHaveLength(3);
    expect(world.told).toEqual(["/api/v4/callback/s3/s1/secret"]);
  });

  it("is not asked for ever", async () => {
    world.put = () => ({ status: 404, body: xml("NoSuchUpload", "gone") });
    add("0123");
    const item = await until("failed");
    expect(world.canceled).toEqual(["s0", "s1"]);
    expect(errorText(item.error)).toBe("The storage no longer takes this upload: NoSuchUpload: gone");
    expect(item.session).toBeUndefined();
  });

  it("is heard in its own words, at once", async () => {
    world.put = () => ({ status: 403, body: xml("SignatureDoesNotMatch", "Check your key") });
    add("0123");
    const item = await until("failed");
    expect(errorText(item.error)).toBe("The storage refused: SignatureDoesNotMatch: Check your key");
    expect(world.puts).toHaveLength(1);
  });

  it("is given all the time it needs when it is in trouble, which is said", async () => {
    world.put = () => ({ status: 500 });
    add("0123");
    const waiting = await waitedLong();
    expect(errorText(waiting?.why)).toBe("The storage is in trouble: HTTP 500");
    expect(world.puts).toHaveLength(LONG);
    world.put = () => undefined;
    wake();
    expect((await until("done")).waiting).toBeUndefined();
  });
});

describe("a bucket that this browser cannot use", () => {
  it("is told from being offline, and CORS rules are named", async () => {
    world.put = () => "lost";
    add("0123");
    const item = await until("failed");
    expect(world.puts).toHaveLength(3);
    expect(waits.reduce((all, ms) => all + ms, 0)).toBeLessThan(5000);
    expect(item.error?.code).toBe(Code.bucketClosed);
    expect(errorText(item.error)).toMatch(/^The storage "bucket\.test" cannot be reached from this browser\. Its CORS rules may be missing;/);
  });

  it("is waited for when it has taken something: then its rules are not what is missing", async () => {
    world.chunks = 1;
    world.put = (part) => (part === "s0/1" ? "lost" : undefined);
    add("01234567");
    expect((await waitedLong())?.why.code).toBe(Code.bucketClosed);
    expect(world.puts).toEqual(["s0/0", ...Array(LONG).fill("s0/1")]);
    world.put = () => undefined;
    wake();
    await until("done");
  });

  it("is waited for some minutes when nobody answers there and nothing has arrived, which is said with the time of the next try", async () => {
    world.isThere = false;
    world.put = () => "lost";
    const told: Waiting[] = [];
    engine.subscribe(() => {
      const waiting = engine.snapshot()[0]?.waiting;
      if (waiting && told.at(-1) !== waiting) told.push(waiting);
    });
    add("0123");
    const item = await until("failed");
    expect(errorText(item.error)).toBe('The storage "bucket.test" is away.');
    expect(told.map(({ why }) => why.code)).toEqual(Array(9).fill(Code.bucketAway));
    expect(told.at(-1)?.until).toBeGreaterThan(Date.now());
    expect(waits.slice(0, 6)).toEqual([1000, 2000, 4000, 8000, 15_000, 30_000]);
    expect(world.puts).toHaveLength(10);
    world.isThere = true;
    world.put = () => undefined;
    engine.resume(item.id);
    await until("done");
  });

  it("is waited for as long as it takes when it has taken something and is away now", async () => {
    world.chunks = 1;
    world.isThere = false;
    world.put = (part) => (part === "s0/1" ? "lost" : undefined);
    add("01234567");
    expect((await waitedLong())?.why.code).toBe(Code.bucketAway);
    world.put = () => undefined;
    wake();
    await until("done");
  });

  it("is waited for as long as our own server is away, with patience left for afterwards", async () => {
    world.online = false;
    world.put = () => "lost";
    add("0123");
    expect((await waitedLong())?.why.code).toBe(Code.network);
    world.online = true;
    world.put = (_, attempt) => (attempt > 22 ? undefined : "lost");
    wake();
    await until("done");
  });

  it("may keep its ETags to itself, which its CORS rules have to change", async () => {
    world.exposes = false;
    add("0123");
    const item = await until("failed");
    expect(item.error?.code).toBe(Code.bucketHidesTags);
    expect(errorText(item.error)).toMatch(/"bucket\.test".* ETag /);
    expect(world.puts).toHaveLength(1);
  });
});
