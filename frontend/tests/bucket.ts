/** A real S3 server (SeaweedFS), and policies that keep bytes in a bucket of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Person } from "./server";

const SCRIPT = new URL("../../tests/scripts/with-s3.sh", import.meta.url).pathname;

/** Stands before a server: while it is shut nobody comes in, and who was in is thrown out. */
export class Gate {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((inside) => {
    const outside = connect(this.port, "127.0.0.1");
    for (const [one, other] of [[inside, outside], [outside, inside]] as const) {
      this.#sockets.add(one);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.on("error", () => {});
      one.pipe(other);
    }
  });
  #own = 0;

  private constructor(readonly port: number) {}

  static async before(endpoint: string): Promise<Gate> {
    const gate = new Gate(Number(new URL(endpoint).port));
    await gate.open();
    return gate;
  }

  get endpoint() {
    return `http://127.0.0.1:${this.#own}`;
  }

  /** At the address that it had before, if it had one. */
  async open() {
    await new Promise<void>((resolve) => this.#server.listen(this.#own, "127.0.0.1", resolve));
    this.#own = (this.#server.address() as AddressInfo).port;
  }

  shut() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export class Buckets {
  private constructor(
    readonly endpoint: string,
    readonly process?: ChildProcess,
  ) {}

  /** The one that is running for all tests, or one of its own. */
  static async open(): Promise<Buckets> {
    const running = process.env.ALCOVE_TEST_S3;
    if (running) return new Buckets(running);
    const child = spawn(SCRIPT, ["sh", "-c", "echo $ALCOVE_TEST_S3; cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString().trim()));
      child.once("exit", () => reject(new Error("the S3 server does not start")));
    });
    return new Buckets(line, child);
  }

  readonly keys = { access_key: "access", secret_key: "a secret key" };

  /** It ends with its input. */
  close() {
    this.process?.stdin?.end();
  }

  /** What the wizard would send, with these settings besides. */
  policy(more: object = {}, server = this.endpoint) {
    return {
      ...{ id: 0, name: "Bucket", type: "s3", server, bucket_name: `b-${randomUUID()}`, is_private: true, ...this.keys },
      ...{ dir_name_rule: "uploads/{uid}/{path}", file_name_rule: "{uuid}_{originname}", edges: {} },
      settings: { chunk_size: 5 * 1024 ** 2, s3_path_style: true, file_type: null, thumb_generator_proxy: true, ...more },
    };
  }

  /** Has everybody's new files go to a bucket of their own. */
  async use(administrator: Person, { cors = true, server, ...more }: { cors?: boolean; server?: string; relay?: boolean; chunk_size?: number } = {}) {
    // Each has a name of its own.
    const policy = { ...this.policy(more, server), name: `Bucket ${randomUUID().slice(0, 8)}` };
    await administrator.call("POST", "/admin/policy/test", { policy });
    if (cors) await administrator.call("POST", "/admin/policy/cors", { policy });
    const made = (await administrator.call("PUT", "/admin/policy", { policy })) as { id: number };
    for (const id of [1, 2]) {
      const group = (await administrator.call("GET", `/admin/group/${id}`)) as { edges: object };
      await administrator.call("PUT", `/admin/group/${id}`, { group: { ...group, edges: { ...group.edges, storage_policies: { id: made.id } } } });
    }
  }
}
