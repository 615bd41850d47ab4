/** A mail server that takes everything, and hands out the links in the letters. */
import { createServer, type Server, type Socket } from "node:net";
import { eventually } from "./tour";

export class Mailbox {
  readonly #letters: { to: string; text: string }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#talk(socket));
  }

  static async open(): Promise<Mailbox> {
    const box = new Mailbox();
    await new Promise<void>((resolve) => box.#server.listen(0, "127.0.0.1", resolve));
    return box;
  }

  /** What a server needs to know to send its mail here. */
  get settings(): Record<string, string> {
    const address = this.#server.address();
    return { smtpHost: "127.0.0.1", smtpPort: String(typeof address === "object" ? address?.port : 0) };
  }

  /** The link in the newest letter to somebody, once there are so many. */
  async link(to: string, letters = 1): Promise<string> {
    const mine = () => this.#letters.filter((letter) => letter.to === to);
    await eventually(async () => mine().length, (count) => count >= letters);
    const found = /https?:\/\/[^\s"<>]+\/session\/[^\s"<>]+/.exec(mine().at(-1)?.text ?? "");
    if (!found) throw new Error(`no link for ${to}`);
    return found[0].replaceAll("&amp;", "&");
  }

  close() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #talk(socket: Socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    let pending = "";
    let to = "";
    let body: string[] | undefined;
    const line = (text: string) => {
      if (body) {
        if (text !== ".") return void body.push(text.replace(/^\./, ""));
        this.#letters.push({ to, text: readable(body.join("\n")) });
        body = undefined;
        return void socket.write("250 taken\r\n");
      }
      const verb = text.slice(0, 4).toUpperCase();
      if (verb === "RCPT") to = /<([^>]*)>/.exec(text)?.[1] ?? "";
      if (verb === "DATA") body = [];
      socket.write(verb === "DATA" ? "354 go on\r\n" : verb === "QUIT" ? "221 bye\r\n" : "250 OK\r\n");
    };
    socket.write("220 ready\r\n");
    socket.on("data", (data) => {
      const lines = (pending + data.toString("utf8")).split("\r\n");
      pending = lines.pop() ?? "";
      lines.forEach(line);
    });
  }
}

/** Undoes quoted-printable, and base64 where a part is in it. */
function readable(text: string): string {
  const plain = text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const parts = text.split(/\n\n/).filter((part) => /^[A-Za-z0-9+/=\n]{60,}$/.test(part));
  return [plain, ...parts.map((part) => Buffer.from(part, "base64").toString("utf8"))].join("\n");
}
