/** A site that keeps its bytes in a bucket: made in the console, and used by people. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Buckets, Gate } from "../bucket";
import { Computer, MEGABYTE, pick } from "../local";
import { Person, uriOf } from "../server";
import { stageBeside } from "../stage";
import { eventually, SIZES, type Visit } from "../tour";

const computer = new Computer();
let administrator: Person;
let number = 0;
const on = stageBeside(Buckets.open, () => ({}), async (made) => {
  administrator = await made.register("administrator");
});

const hashHere = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const PART = /[?&]partNumber=/;

/** Fetches it the way browsers do, and says from where it came. */
async function download(person: Person, path: string) {
  const { urls } = (await person.call("POST", "/file/url", { uris: [uriOf(path)] })) as { urls: { url: string }[] };
  const answer = await fetch(urls[0]?.url ?? "");
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { host: new URL(answer.url).origin, hash: createHash("sha256").update(bytes).digest("hex") };
}

describe.each(SIZES)("files in a bucket, at a $name", (size) => {
  let person: Person;
  let tour: Visit;
  const enter = async (name: string) => {
    number += 1;
    person = await on.register(`${name}${number}`);
    tour = await on.visit({ size, person });
    tour.page.on("dialog", (dialog) => void dialog.accept());
    await tour.open();
    await tour.page.getByText("This folder is empty").waitFor();
  };
  const queue = () => tour.page.getByRole("region", { name: "Uploads" });

  it("begin with a policy that is tried, opened to browsers and given to a group in the console", async () => {
    number += 1;
    const name = `Bucket ${number}`;
    tour = await on.visit({ size, person: administrator });
    const { page } = tour;
    const bucket = `c-${number}-${Date.now()}`;
    // What is written to comes to be.
    await administrator.call("POST", "/admin/policy/test", { policy: { ...on.beside.policy(), bucket_name: bucket } });
    await tour.open("/admin/policies");
    await page.getByRole("button", { name: "New policy" }).click();
    const wizard = page.getByRole("dialog", { name: "New policy" });
    await wizard.locator('[data-kind="s3"]').click();
    await wizard.getByLabel("Name", { exact: false }).first().fill(name);
    await wizard.getByLabel("Endpoint").fill(on.beside.endpoint);
    // The region that most stores take is there already.
    await wizard.getByRole("textbox", { name: "Bucket" }).fill(bucket);
    await wizard.getByLabel("Access key ID").fill(on.beside.keys.access_key);
    const secret = wizard.getByRole("textbox", { name: "Secret access key" });
    await secret.fill("wrong");
    await wizard.getByLabel("Path-style addresses").check();
    const next = () => wizard.getByRole("button", { name: "Next" }).click();
    const test = () => wizard.getByRole("button", { name: "Test and create" }).click();
    await next();
    await next();
    await test();
    await wizard.getByRole("alert").getByText("SignatureDoesNotMatch").waitFor();
    await tour.look("bucket-refused");
    await wizard.getByRole("button", { name: "Back to the connection" }).click();
    await secret.fill(on.beside.keys.secret_key);
    await next();
    await next();
    await wizard.getByRole("button", { name: "Set CORS rules" }).click();
    await wizard.getByRole("status").waitFor();
    await tour.look("bucket-policy");
    await test();
    await page.locator("[data-row]").filter({ hasText: name }).first().waitFor();
    expect(tour.barriers).toEqual([]);
    await tour.end();
  });

  it("go there from the browser, in parts as the policy has them, and come from there, and are shown like others", async () => {
    await on.beside.use(administrator, { chunk_size: 8 * MEGABYTE });
    await enter("straight");
    const { page } = tour;
    const large = computer.file(`large${number}.bin`, 12 * MEGABYTE);
    const parts: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "PUT" && PART.test(request.url())) parts.push(new URL(request.url()).origin);
    });
    await pick(page, [large, computer.file("empty.txt", ""), computer.file("notes.md", "# In a bucket")]);
    await page.getByText("3 files uploaded").waitFor();
    await tour.shot("bucket-uploads");
    // Two of the large one, and one of each of the others.
    expect(parts).toHaveLength(4);
    expect(new Set(parts)).toEqual(new Set([on.beside.endpoint]));
    expect(await download(person, `large${number}.bin`)).toEqual({ host: on.beside.endpoint, hash: hashHere(large) });
    await tour.enter("notes.md");
    await page.getByRole("heading", { name: "In a bucket" }).waitFor();
    await tour.shot("bucket-preview");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it("go on after a reload with the parts that are missing", async () => {
    await on.beside.use(administrator);
    await enter("resumed");
    const { page } = tour;
    const path = computer.file(`resume${number}.bin`, 18 * MEGABYTE);
    let held = 0;
    let isGone = false;
    const sent: string[] = [];
    await page.route(PART, async (route) => {
      const part = new URL(route.request().url()).searchParams.get("partNumber") ?? "";
      if (isGone && route.request().method() === "PUT") sent.push(part);
      if (isGone || part === "1") return await route.continue();
      // The others never arrive until the page is gone.
      held += 1;
    });
    const first = page.waitForResponse((answer) => /partNumber=1(&|$)/.test(answer.url()) && answer.request().method() === "PUT");
    await pick(page, [path]);
    await first;
    await eventually(async () => held, (count) => count === 3);
    await eventually(async () => await kept(tour), (count) => count > 0);
    // From the moment on in which this page can send nothing any more.
    page.once("framenavigated", () => {
      isGone = true;
    });
    await page.reload();
    await page.getByText("1 file uploaded").waitFor();
    expect(sent.sort()).toEqual(["2", "3", "4"]);
    expect((await download(person, `resume${number}.bin`)).hash).toBe(hashHere(path));
    await tour.end();
  });

  it("say so when the bucket lets no browser in, and arrive once it does", async () => {
    await on.beside.use(administrator, { cors: false });
    await enter("outside");
    await pick(tour.page, [computer.file("a.txt", "text")]);
    await queue().locator("[data-state=failed]").getByText("Its CORS rules may be missing").waitFor();
    await tour.shot("bucket-closed");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  });

  it.each([
    { relay: false, away: "is away", when: "a part has arrived" },
    { relay: true, away: "The storage is away", when: "all of it goes through the server" },
  ])("wait for a bucket that goes away when $when, which is said, and go on by themselves", async ({ relay, away }) => {
    const gate = await Gate.before(on.beside.endpoint);
    await on.beside.use(administrator, { relay, server: gate.endpoint });
    await enter("patient");
    const { page } = tour;
    const path = computer.file(`patient${number}.bin`, 36 * MEGABYTE);
    if (relay) gate.shut();
    else
      page.on("response", (answer) => {
        if (PART.test(answer.url()) && answer.request().method() === "PUT" && answer.ok()) gate.shut();
      });
    await pick(page, [path]);
    await queue().getByText(away).first().waitFor({ timeout: 60_000 });
    await queue().getByText(/trying again/).first().waitFor();
    await tour.shot(`bucket-away${relay ? "-relayed" : ""}`);
    expect(await tour.findings()).toEqual([]);
    page.removeAllListeners("response");
    await gate.open();
    await page.getByText("1 file uploaded").waitFor({ timeout: 60_000 });
    expect((await download(person, `patient${number}.bin`)).hash).toBe(hashHere(path));
    gate.shut();
    await tour.end();
  }, 180_000);

  it("go through the server where the policy says so", async () => {
    await on.beside.use(administrator, { cors: false, relay: true });
    await enter("relayed");
    const path = computer.file(`relayed${number}.bin`, 6 * MEGABYTE);
    await pick(tour.page, [path]);
    await tour.page.getByText("1 file uploaded").waitFor();
    expect((await download(person, `relayed${number}.bin`)).hash).toBe(hashHere(path));
    await tour.end();
  });
});

/** How many parts of unfinished uploads the browser remembers. */
const kept = (tour: Visit) =>
  tour.page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const opening = indexedDB.open("alcove.uploads");
        opening.onsuccess = () => {
          const all = opening.result.transaction("items").objectStore("items").getAll();
          all.onsuccess = () => resolve((all.result as { received: number[] }[]).flatMap(({ received }) => received).length);
        };
      }),
  );
