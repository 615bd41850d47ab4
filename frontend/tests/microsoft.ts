/** What Microsoft does when a site is let into a drive: a page where somebody agrees, and tokens. */
import { createServer, type Server } from "node:http";

export class Microsoft {
  /** What the next one who comes is sent back with. */
  answer: Record<string, string> = { code: "good" };
  #tokens = 0;

  private constructor(
    readonly address: string,
    readonly server: Server,
  ) {}

  static async open(): Promise<Microsoft> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const made = new Microsoft(`http://127.0.0.1:${port}`, server);
    process.env.ALCOVE_MICROSOFT_LOGIN = made.address;
    server.on("request", (request, response) => {
      const asked = new URL(request.url ?? "", made.address);
      if (asked.pathname.endsWith("/authorize")) {
        // The tours have no certificate.
        const back = new URL((asked.searchParams.get("redirect_uri") ?? "").replace("https:", "http:"));
        for (const [name, value] of Object.entries(made.answer)) back.searchParams.set(name, value);
        back.searchParams.set("state", asked.searchParams.get("state") ?? "");
        response.writeHead(302, { Location: back.href }).end();
        return;
      }
      let form = "";
      request.on("data", (part) => (form += part));
      request.on("end", () => {
        response.setHeader("Content-Type", "application/json");
        if (asked.pathname.includes("/sites/")) return void response.end(JSON.stringify({ id: "contoso,1,2" }));
        const said = new URLSearchParams(form);
        if (said.has("code") && said.get("code") !== "good") return void response.writeHead(400).end(JSON.stringify({ error: "invalid_grant", error_description: "AADSTS70008: The code has expired." }));
        made.#tokens += 1;
        response.end(JSON.stringify({ token_type: "Bearer", access_token: `access-${made.#tokens}`, refresh_token: `refresh-${made.#tokens}`, expires_in: 3600 }));
      });
    });
    return made;
  }

  close() {
    this.server.close();
  }
}
