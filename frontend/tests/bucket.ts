/** A real S3 server (SeaweedFS), and policies that keep bytes in a bucket of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Person } from "./server";

const SCRIPT = new URL("../../tests/scripts/with-s3.sh", import.meta.url).pathname;

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
  policy(more: object = {}) {
    return {
      ...{ id: 0, name: "Bucket", type: "s3", server: this.endpoint, bucket_name: `b-${randomUUID()}`, is_private: true, ...this.keys },
      ...{ dir_name_rule: "uploads/{uid}/{path}", file_name_rule: "{uuid}_{originname}", edges: {} },
      settings: { chunk_size: 5 * 1024 ** 2, s3_path_style: true, file_type: null, thumb_generator_proxy: true, ...more },
    };
  }

  /** Has everybody's new files go to a bucket of their own. */
  async use(administrator: Person, { cors = true, ...more }: { cors?: boolean; relay?: boolean } = {}) {
    // Each has a name of its own.
    const policy = { ...this.policy(more), name: `Bucket ${randomUUID().slice(0, 8)}` };
    await administrator.call("POST", "/admin/policy/test", { policy });
    if (cors) await administrator.call("POST", "/admin/policy/cors", { policy });
    const made = (await administrator.call("PUT", "/admin/policy", { policy })) as { id: number };
    for (const id of [1, 2]) {
      const group = (await administrator.call("GET", `/admin/group/${id}`)) as { edges: object };
      await administrator.call("PUT", `/admin/group/${id}`, { group: { ...group, edges: { ...group.edges, storage_policies: { id: made.id } } } });
    }
  }
}
