/** A browser and a fresh server for the tours of one file. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { Person, type Server, startServer } from "./server";
import { launch, type Options, type Visit, visit } from "./tour";

export class Stage {
  browser!: Browser;
  server!: Server;

  /** A new account; the first one administers the site. */
  register(name: string): Promise<Person> {
    return Person.register(this.server.base, name);
  }

  visit(options?: Options): Promise<Visit> {
    return visit(this.browser, this.server.base, options);
  }
}

/**
 * To be called once, outside of every test.
 * @param settings of the site
 * @param prepare what all tours find there
 */
export function stage(settings: Record<string, string> = {}, prepare?: (stage: Stage) => Promise<unknown>): Stage {
  const made = new Stage();
  beforeAll(async () => {
    made.browser = await launch();
    made.server = await startServer(settings);
    await prepare?.(made);
  });
  afterAll(async () => {
    await made.browser?.close();
    await made.server?.stop();
  });
  return made;
}
