/** A viewer of another site: its page fetches the file it is given, and shows what it got. */
import { createServer, type Server } from "node:http";

const PAGE = `<!doctype html><meta charset="utf-8"><title>Stand-in</title>
<h1></h1><p id="by"></p><pre>…</pre><p id="reach"></p>
<script>
  const given = new URLSearchParams(location.search);
  document.querySelector("h1").textContent = given.get("name");
  if (given.has("button")) {
    const button = document.body.appendChild(document.createElement("button"));
    button.textContent = given.get("button");
    button.onclick = () => (document.querySelector("h1").textContent = "turned");
  }
  document.querySelector("#by").textContent = given.get("user") + " " + given.get("theme");
  const show = (text) => (document.querySelector("pre").textContent = text);
  fetch(given.get("src")).then((answer) => answer.text()).then(show, (error) => show(String(error)));
  let reach = "nothing";
  if (parent !== window) try { reach = parent.localStorage.length + " things"; } catch {}
  if (top !== window) try { top.location.href = "about:blank"; reach = "the page"; } catch {}
  document.querySelector("#reach").textContent = "reaches " + reach;
</script>`;

export class StandIn {
  /** What it was asked with. */
  readonly asked: { address: URL; referrer?: string; cookie?: string }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const address = new URL(request.url ?? "", this.base);
      if (address.pathname === "/view") this.asked.push({ address, referrer: request.headers.referer, cookie: request.headers.cookie });
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(PAGE);
    });
  }

  static async open(): Promise<StandIn> {
    const instance = new StandIn();
    await new Promise<void>((resolve) => instance.#server.listen(0, "127.0.0.1", resolve));
    return instance;
  }

  get base(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
