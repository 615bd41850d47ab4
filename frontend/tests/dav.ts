/** A real WebDAV server (rclone), beside the one of the tours. */
import { type ChildProcess, spawn } from "node:child_process";

const SCRIPT = new URL("../../tests/scripts/with-webdav.sh", import.meta.url).pathname;

export class DavServer {
  private constructor(
    readonly endpoint: string,
    readonly process?: ChildProcess,
  ) {}

  readonly user = "alcove";
  readonly password = "a secret: key";

  /** The one that is running for all tests, or one of its own. */
  static async open(): Promise<DavServer> {
    const running = process.env.ALCOVE_TEST_WEBDAV;
    if (running) return new DavServer(running);
    const child = spawn(SCRIPT, ["sh", "-c", "echo $ALCOVE_TEST_WEBDAV; cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString().trim()));
      child.once("exit", () => reject(new Error("the WebDAV server does not start")));
    });
    return new DavServer(line, child);
  }

  /** It ends with its input. */
  close() {
    this.process?.stdin?.end();
  }

  /** What lies in a folder and below, by path. */
  async files(folder: string): Promise<string[]> {
    const authorization = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString("base64")}`;
    const answer = await fetch(`${this.endpoint}/${encodeURI(folder)}`, { method: "PROPFIND", headers: { authorization, depth: "infinity" } });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    const told = (await answer.text()).split("<D:response>").slice(1);
    return told.filter((one) => !one.includes("<D:collection")).map((one) => decodeURIComponent(/<D:href>([^<]*)</.exec(one)?.[1] ?? ""));
  }
}
