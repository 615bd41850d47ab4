/** A browser and a fresh server for the tours of one file. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { Person, type Server, startServer, uriOf } from "./server";
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

interface Site {
  settings?: Record<string, string>;
  /** `localhost` where a name is needed: passkeys belong to no bare address. */
  host?: string;
}

/**
 * To be called once, outside of every test.
 * @param prepare makes what all tours find there
 */
export function stage(prepare?: (stage: Stage) => Promise<unknown>, { settings, host }: Site = {}): Stage {
  return raised(new Stage(), () => startServer(settings, host), prepare);
}

/** Another server beside ours: for mail, for people of elsewhere, for viewers. */
interface Neighbour {
  close(): void;
}

export class StageBeside<T extends Neighbour> extends Stage {
  beside!: T;
}

/** The same with a server that ours is told of by its settings. */
export function stageBeside<T extends Neighbour>(open: () => Promise<T>, settings: (beside: T) => Record<string, string>, prepare?: (stage: StageBeside<T>) => Promise<unknown>): StageBeside<T> {
  const made = new StageBeside<T>();
  const start = async () => {
    made.beside = await open();
    return await startServer(settings(made.beside));
  };
  afterAll(() => made.beside?.close());
  return raised(made, start, prepare);
}

function raised<S extends Stage>(made: S, start: () => Promise<Server>, prepare?: (stage: S) => Promise<unknown>): S {
  beforeAll(async () => {
    made.browser = await launch();
    made.server = await start();
    await prepare?.(made);
  });
  afterAll(async () => {
    await made.browser?.close();
    await made.server?.stop();
  });
  return made;
}

/** Some of everything that a list can be put in order and searched by. */
export async function fillFolder(person: Person) {
  await person.folder("Work/Plans");
  await person.put("a large one.txt", "x".repeat(3000));
  await person.put("b small one.txt", "x");
  await person.put("c notes.md", "y".repeat(200));
  await person.put("Work/Plans/deep notes.txt", "deep");
  await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: "list", thumbnail: true } });
}
