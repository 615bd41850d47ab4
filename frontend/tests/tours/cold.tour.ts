/** What a browser asks for that has nothing of the site yet. */
import { expect, it } from "vitest";
import { fillFolder, stage } from "../stage";

const KIB = 1024;
const MOST_REQUESTS = 25;
const MOST_BYTES = 350 * KIB;
/** Nothing more comes after that. The stream of events never ends, so the network is never idle. */
const QUIET_MS = 1500;

const here = stage();

it("shows the files after at most 25 requests", async () => {
  const person = await here.register("newcomer");
  await fillFolder(person);
  const tour = await here.visit({ person });
  const network = await tour.context.newCDPSession(tour.page);
  await network.send("Network.enable");
  const asked = new Map<string, { path: string; bytes: number }>();
  let last = Date.now();
  network.on("Network.requestWillBeSent", ({ requestId, request }) => {
    const { protocol, pathname } = new URL(request.url);
    if (protocol.startsWith("http")) asked.set(requestId, { path: pathname, bytes: 0 });
    last = Date.now();
  });
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = asked.get(requestId);
    if (request) request.bytes = encodedDataLength;
    last = Date.now();
  });
  await tour.open("/home");
  await tour.entry("Work").waitFor();
  while (Date.now() - last < QUIET_MS) await new Promise((resume) => setTimeout(resume, 100));
  const requests = [...asked.values()];
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  const listed = requests.map((request) => `${request.bytes} ${request.path}`).join("\n");
  console.log(`file list: ${requests.length} requests, ${Math.round(bytes / KIB)} KiB`);
  expect(requests.length, listed).toBeLessThanOrEqual(MOST_REQUESTS);
  expect(bytes, listed).toBeLessThan(MOST_BYTES);
  await tour.end();
});
