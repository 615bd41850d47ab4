/** What an authenticator shows (RFC 6238: SHA-1, six digits, thirty seconds). */
import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
/** A code of an earlier step has to arrive while it counts, also on a busy machine. */
const SAFE_MS = 8_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Knows which codes it showed: each opens once, and the server takes those of neighbouring steps. */
export class Authenticator {
  readonly #key: Buffer;
  #last = 0;

  constructor(secret: string) {
    this.#key = fromBase32(secret);
  }

  /** A code that was not shown before. Waits for the next step after three of them. */
  async code(): Promise<string> {
    for (;;) {
      const now = Date.now();
      const current = Math.floor(now / STEP_MS);
      const earliest = STEP_MS - (now % STEP_MS) > SAFE_MS ? current - 1 : current;
      const step = Math.max(this.#last + 1, earliest);
      if (step <= current + 1) {
        this.#last = step;
        return this.#at(step);
      }
      await new Promise((resume) => setTimeout(resume, STEP_MS - (now % STEP_MS)));
    }
  }

  #at(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", this.#key).update(counter).digest();
    const at = (digest.at(-1) ?? 0) & 0xf;
    return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
