/** Starts the real server with a fresh data folder, and talks to its API as a person would. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = new URL("../..", import.meta.url).pathname;
const PROGRAM = process.env.ALCOVE_BIN ?? join(ROOT, "tests/scripts/alcove.sh");
const START_MS = 30_000;

export interface Server {
  base: string;
  /** Its data folder. */
  data: string;
  /** Runs a command of the program on this server's data; answers what it prints. */
  command: (...words: string[]) => Promise<string>;
  /** Ends it for a while, as an update does. */
  down: () => Promise<void>;
  /** Starts it again, at the same address with the same data. */
  up: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** @param host `localhost` where a name is needed: passkeys belong to no bare address */
export async function startServer(settings: Record<string, string> = {}, host = "127.0.0.1"): Promise<Server> {
  const port = await freePort();
  const base = `http://${host}:${port}`;
  const data = mkdtempSync(join(tmpdir(), "alcove-tour-"));
  const env: NodeJS.ProcessEnv = { ...process.env, ALCOVE_SETTING_siteURL: base, ALCOVE_LOG: "warn" };
  for (const [name, value] of Object.entries(settings)) env[`ALCOVE_SETTING_${name}`] = value;
  // What is for the tours means nothing to the program.
  delete env.ALCOVE_SHOTS;
  delete env.ALCOVE_BIN;
  delete env.ALCOVE_SIZES;
  let child: ChildProcess;
  let ended: Promise<void>;
  const up = async () => {
    child = spawn(PROGRAM, ["serve", "--listen", `127.0.0.1:${port}`, "--data", data], { env, cwd: ROOT, stdio: "inherit" });
    ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const deadline = Date.now() + START_MS;
    for (;;) {
      const answer = await fetch(`${base}/api/v4/site/ping`).catch(() => undefined);
      if (answer?.ok) break;
      if (child.exitCode !== null || Date.now() > deadline) throw new Error("the server does not start");
      await new Promise((resume) => setTimeout(resume, 50));
    }
  };
  const down = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  await up();
  return {
    base,
    data,
    async command(...words) {
      const { stdout } = await promisify(execFile)(PROGRAM, [...words, "--data", data], { env, cwd: ROOT });
      return stdout;
    },
    up,
    down,
    async stop() {
      await down();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export class Person {
  constructor(
    readonly base: string,
    readonly email: string,
    readonly signedIn: { user: { id: string }; token: { access_token: string } },
  ) {}

  static readonly password = "correct horse";

  static async register(base: string, name: string): Promise<Person> {
    const email = `${name}@example.com`;
    await send(base, "POST", "/user", { email, password: Person.password });
    return await Person.signIn(base, email);
  }

  static async signIn(base: string, email: string): Promise<Person> {
    const signedIn = await send(base, "POST", "/session/token", { email, password: Person.password });
    return new Person(base, email, signedIn as Person["signedIn"]);
  }

  call(method: string, path: string, body?: unknown): Promise<unknown> {
    return send(this.base, method, path, body, this.signedIn.token.access_token);
  }

  async folder(path: string) {
    await this.call("POST", "/file/create", { uri: uriOf(path), type: "folder" });
  }

  async put(path: string, content: string | Uint8Array<ArrayBuffer>) {
    const query = new URLSearchParams({ uri: uriOf(path) });
    const response = await fetch(`${this.base}/api/v4/file/content?${query}`, {
      method: "PUT",
      body: content,
      headers: { Authorization: `Bearer ${this.signedIn.token.access_token}` },
    });
    const { code } = (await response.json()) as { code: number };
    if (code !== 0) throw new Error(`put ${path}: ${code}`);
  }

  async names(path: string): Promise<string[]> {
    const uri = path.startsWith("cloudreve:") ? path : uriOf(path);
    const query = new URLSearchParams({ uri, page_size: "500" });
    const listing = (await this.call("GET", `/file?${query}`)) as { files: { name: string }[] };
    return listing.files.map((file) => file.name).sort();
  }

  async read(path: string): Promise<string> {
    const { urls } = (await this.call("POST", "/file/url", { uris: [uriOf(path)] })) as { urls: { url: string }[] };
    return await (await fetch(urls[0]?.url ?? "")).text();
  }
}

export const uriOf = (path: string) => `cloudreve://my/${path.split("/").filter(Boolean).map(encodeURIComponent).join("/")}`;

async function send(base: string, method: string, path: string, body?: unknown, token?: string): Promise<unknown> {
  const response = await fetch(`${base}/api/v4${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const envelope = (await response.json()) as { code: number; msg: string; data: unknown };
  if (envelope.code !== 0) throw new Error(`${method} ${path}: ${envelope.code} ${envelope.msg}`);
  return envelope.data;
}

/** Whether the server knows an area at all; tours of later areas are skipped on older servers. */
export async function offers(base: string, path: string): Promise<boolean> {
  const response = await fetch(`${base}/api/v4${path}`);
  return response.status !== 404;
}
