const WINDOW_MS = 5000;
/** Shorter spans say more about chance than about the network. */
const LEAST_MS = 500;

/** How fast bytes went over the last few seconds. */
export class Speedometer {
  readonly #marks: { at: number; bytes: number }[] = [];

  constructor(readonly now: () => number) {}

  mark(bytes: number) {
    if (bytes > 0) this.#marks.push({ at: this.now(), bytes });
  }

  perSecond(): number {
    const now = this.now();
    while (this.#marks[0] && now - this.#marks[0].at > WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    if (!first) return 0;
    const bytes = this.#marks.reduce((sum, mark) => sum + mark.bytes, 0);
    return (bytes / Math.max(LEAST_MS, now - first.at)) * 1000;
  }
}
