/** Somebody else's sign-in page: an OpenID provider for one person. */
import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

interface Asked {
  nonce: string;
  challenge: string;
}

export class Provider {
  /** Who comes back from here. */
  person = { sub: "p-1", email: "visitor@elsewhere.example", name: "Visitor" };
  readonly #server: Server;
  readonly #key = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #codes = new Map<string, Asked>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<Provider> {
    const provider = new Provider();
    await new Promise<void>((resolve) => provider.#server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  get issuer(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  get settings(): Record<string, string> {
    const config = { issuer: this.issuer, client_id: "drive", client_secret: "secret", display_name: "Elsewhere", create_accounts: true };
    return { oidc_enabled: "1", oidc_config: JSON.stringify(config) };
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", this.issuer);
    const say = (body: unknown, status = 200) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/.well-known/openid-configuration") return say(this.#discovery());
    if (url.pathname === "/keys") return say({ keys: [{ ...this.#key.publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] });
    if (url.pathname === "/authorize") return this.#page(url, response);
    if (url.pathname === "/token") {
      const form = new URLSearchParams(await bodyOf(request));
      const asked = this.#codes.get(form.get("code") ?? "");
      const proof = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
      if (!asked || proof !== asked.challenge) return say({ error: "invalid_grant" }, 400);
      this.#codes.delete(form.get("code") ?? "");
      return say({ access_token: randomUUID(), token_type: "Bearer", expires_in: 60, id_token: this.#token(asked.nonce) });
    }
    return say({}, 404);
  }

  /** Asks, as such pages do, and goes back with a code. */
  #page(url: URL, response: ServerResponse) {
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("state", url.searchParams.get("state") ?? "");
    const refused = new URL(back);
    refused.searchParams.set("error", "access_denied");
    const code = randomUUID();
    this.#codes.set(code, { nonce: url.searchParams.get("nonce") ?? "", challenge: url.searchParams.get("code_challenge") ?? "" });
    back.searchParams.set("code", code);
    const link = (to: URL, text: string) => `<a href="${to.href.replaceAll("&", "&amp;")}">${text}</a>`;
    response.writeHead(200, { "Content-Type": "text/html" }).end(`<title>Elsewhere</title>${link(back, "Continue")} ${link(refused, "Refuse")}`);
  }

  #token(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: "drive", iat: now, exp: now + 300, nonce, email_verified: true, ...this.person };
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${encode({ alg: "RS256", kid: "1", typ: "JWT" })}.${encode(claims)}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.#key.privateKey).toString("base64url")}`;
  }

  #discovery() {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
