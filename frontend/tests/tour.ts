/** A browser at the sizes of a desk and of a phone. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect, onTestFailed } from "vitest";
import type { Person } from "./server";

export const SIZES = [
  { name: "desk", width: 1280, height: 800, touch: false },
  { name: "phone", width: 390, height: 844, touch: true },
] as const;
export type Size = (typeof SIZES)[number];

const SHOTS = process.env.ALCOVE_SHOTS ?? join(tmpdir(), "alcove-tours");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The one without a window does half the work of the other, which draws what nobody sees around each page. */
const BROWSER = process.env.CHROMIUM ?? ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find(existsSync);

export const launch = (...more: string[]): Promise<Browser> => chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox", ...more] });

/** What people leave between two taps that are not one. */
const BETWEEN_TAPS_MS = 450;

let failures = 0;

export interface Options {
  size?: Size;
  person?: Person;
  dark?: boolean;
  locale?: string;
}

export async function visit(browser: Browser, base: string, { size = SIZES[0], person, dark, locale }: Options = {}): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: size.width, height: size.height },
    hasTouch: size.touch,
    isMobile: size.touch,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    locale: locale ?? "en-US",
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  if (person) {
    const stored = { current: person.signedIn.user.id, accounts: { [person.signedIn.user.id]: person.signedIn } };
    await context.addInitScript((value) => {
      if (!localStorage.getItem("alcove.accounts")) localStorage.setItem("alcove.accounts", value);
    }, JSON.stringify(stored));
  }
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const tour = new Visit(context, page, size);
  // What a failure looked like is half of its explanation.
  onTestFailed(() => tour.shot(`failed-${++failures}`).catch(() => {}));
  return tour;
}

export class Visit {
  readonly crashes: string[] = [];
  #tapped = 0;

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly size: Size,
  ) {
    page.on("pageerror", (error) => this.crashes.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text())) this.crashes.push(message.text());
    });
  }

  /** The file with this name in the list, whatever its layout. */
  entry(name: string): Locator {
    return this.page.locator("[data-entry]").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Opens an entry as people do: with two clicks, or a tap. */
  async enter(name: string) {
    if (this.size.touch) {
      // Two quick taps in one place count as one.
      await new Promise((resume) => setTimeout(resume, this.#tapped + BETWEEN_TAPS_MS - Date.now()));
      await this.entry(name).tap();
      this.#tapped = Date.now();
    } else await this.entry(name).dblclick();
  }

  /** Does something with a file through the menu of a right click. */
  async choose(name: string, action: string) {
    await this.entry(name).click({ button: "right" });
    await this.page.getByRole("menuitem", { name: action }).first().click();
  }

  /** Switches the theme the system asks for, and waits until the page has followed. */
  async theme(scheme: "light" | "dark") {
    await this.page.emulateMedia({ colorScheme: scheme });
    await this.page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: "attached" });
  }

  async open(path = "/home") {
    await this.page.goto(path);
  }

  async shot(name: string) {
    await this.still();
    // Nobody looks at them where all is only tested: they take a good part of the time.
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}-${this.size.name}.png`) });
  }

  /** Serious findings of all looks so far. */
  readonly barriers: string[] = [];

  /** A picture in light and in dark, and what would keep people out of it. */
  async look(name: string) {
    for (const scheme of ["dark", "light"] as const) {
      await this.theme(scheme);
      await this.shot(`${name}-${scheme}`);
      for (const finding of await this.findings(scheme === "dark")) this.barriers.push(`${name}, ${scheme}: ${finding}`);
    }
  }

  /** Waits until what moves or fades has come to its end; what turns for ever does not count. */
  async still() {
    await this.page.evaluate(async () => {
      const frame = () => new Promise((resume) => requestAnimationFrame(resume));
      const ending = () => document.getAnimations().filter((each) => each.playState === "running" && each.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
      // What was changed a moment ago begins to fade with the next frame.
      await frame();
      await frame();
      for (let moving = ending(); moving.length > 0; moving = ending()) {
        await Promise.allSettled(moving.map((each) => each.finished));
        await frame();
      }
    });
  }

  /** Serious and critical findings of axe, as sentences; a page wider than the screen is one, too. A second theme changes nothing but colours. */
  async findings(coloursOnly = false): Promise<string[]> {
    await this.still();
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(AXE);
    return await this.page.evaluate(async (colours) => {
      const { axe } = window as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run(document, { resultTypes: ["violations"], ...(colours ? { runOnly: ["color-contrast"] } : {}) });
      const wider = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      const said = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ")}`));
      return wider > 0 ? [...said, `${wider} pixels wider than the screen`] : said;
    }, coloursOnly);
  }

  /** Plugs a security key in that says yes to everything. */
  async plugInKey() {
    const devtools = await this.context.newCDPSession(this.page);
    await devtools.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } as const;
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  }

  async end() {
    expect(this.crashes).toEqual([]);
    await this.context.close();
  }
}

/** Waits until something outside the page is so, such as the state of the server. */
export async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const late = Date.now() > deadline;
    try {
      const value = await read();
      if (holds(value) || late) return value;
    } catch (error) {
      // What is on its way is not there for a moment.
      if (late) throw error;
    }
    await new Promise((resume) => setTimeout(resume, 40));
  }
}
