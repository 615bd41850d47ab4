/** Somebody else's Cap: hands out puzzles, looks at their solutions, and vouches for who solved them. */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

const KEY = "site-key";
const SECRET = "site-secret";

type Puzzle = [salt: string, target: string];

export class CapInstance {
  /** How many have been vouched for. */
  vouched = 0;
  readonly #server: Server;
  readonly #puzzles = new Map<string, Puzzle[]>();
  readonly #tokens = new Set<string>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<CapInstance> {
    const instance = new CapInstance();
    await new Promise<void>((resolve) => instance.#server.listen(0, "127.0.0.1", resolve));
    return instance;
  }

  get base(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  get settings(): Record<string, string> {
    return { captcha_type: "cap", captcha_cap_instance_url: `${this.base}/`, captcha_cap_site_key: KEY, captcha_cap_secret_key: SECRET };
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const anyone = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type", "Content-Type": "application/json" };
    const say = (body: unknown, status = 200) => response.writeHead(status, anyone).end(JSON.stringify(body));
    if (request.method === "OPTIONS") return say({});
    const sent = (await bodyOf(request)) as { token?: string; solutions?: number[]; secret?: string; response?: string };
    const expires = new Date(Date.now() + 600_000).toISOString();
    if (request.url === `/${KEY}/challenge`) {
      const token = randomUUID();
      const challenge = Array.from({ length: 8 }, (): Puzzle => [randomUUID(), randomUUID().slice(0, 3)]);
      this.#puzzles.set(token, challenge);
      return say({ challenge, token, expires });
    }
    if (request.url === `/${KEY}/redeem`) {
      const puzzles = this.#puzzles.get(sent.token ?? "");
      this.#puzzles.delete(sent.token ?? "");
      if (!puzzles?.every(([salt, target], at) => sha256(`${salt}${sent.solutions?.[at]}`).startsWith(target))) return say({ success: false }, 403);
      const token = randomUUID();
      this.#tokens.add(token);
      return say({ success: true, token, expires });
    }
    if (request.url === `/${KEY}/siteverify`) {
      // A token is good once.
      const success = sent.secret === SECRET && this.#tokens.delete(sent.response ?? "");
      if (success) this.vouched += 1;
      return say({ success });
    }
    return say({}, 404);
  }
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text || "{}");
}
