/** Coming in through another site, and letting other programs in. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server as Web } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Provider } from "../provider";
import { Person } from "../server";
import { stageBeside } from "../stage";
import { SIZES } from "../tour";

const on = stageBeside(Provider.open, (provider) => provider.settings, (made) => made.register("administrator"));
let wiki: Web;
let wikiAt: string;
beforeAll(async () => {
  wiki = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<title>Wiki</title>Welcome to the wiki"));
  await new Promise<void>((resolve) => wiki.listen(0, "127.0.0.1", resolve));
  const address = wiki.address();
  wikiAt = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/callback`;
});
afterAll(() => {
  wiki.closeAllConnections();
  wiki.close();
});

describe.each(SIZES)("other sites, at a $name", (size) => {
  it("say who somebody is, who then goes on where they wanted to be", async () => {
    on.beside.person = { sub: `new-${size.name}`, email: `new-${size.name}@elsewhere.example`, name: `New ${size.name}` };
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open("/settings?tab=storage");
    const button = page.getByRole("button", { name: "Sign in with Elsewhere" });
    await button.waitFor();
    await tour.shot("sign-in-provider");
    expect(await tour.findings()).toEqual([]);
    await button.click();
    await page.getByRole("link", { name: "Refuse" }).click();
    await page.getByRole("alert").getByText("You did not allow the sign-in there.").waitFor();
    await tour.shot("provider-refused");
    await page.getByRole("link", { name: "Back to sign in" }).click();
    await tour.open("/settings?tab=storage");
    await button.click();
    await page.getByRole("link", { name: "Continue" }).click();
    await page.getByText("Keep earlier versions of changed files").waitFor();
    await page.getByRole("button", { name: `Account of New ${size.name}` }).waitFor();
    await tour.open("/settings?tab=security");
    await page.getByText("This account has no password.").waitFor();
    await page.getByRole("button", { name: "Unlink Elsewhere" }).click();
    await page.getByText("This is your only way in. Set a password first.").waitFor();
    await tour.shot("security-passwordless");
    await tour.end();
  });

  it("are linked in the settings, sign in then, and are unlinked", async () => {
    on.beside.person = { sub: `linked-${size.name}`, email: `other-${size.name}@elsewhere.example`, name: "Other" };
    const person = await on.register(`linking-${size.name}`);
    const tour = await on.visit({ size, person });
    const { page } = tour;
    await tour.open("/settings?tab=security");
    await page.getByRole("button", { name: "Link Elsewhere", exact: true }).click();
    await page.getByRole("link", { name: "Continue" }).click();
    const unlink = page.getByRole("button", { name: "Unlink Elsewhere" });
    await unlink.waitFor();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in with Elsewhere" }).click();
    await page.getByRole("link", { name: "Continue" }).click();
    await page.getByRole("button", { name: `Account of linking-${size.name}` }).waitFor();
    await tour.open("/settings?tab=security");
    await unlink.click();
    await page.getByRole("button", { name: "Link Elsewhere", exact: true }).waitFor();
    await tour.end();
  });
});

describe.each(SIZES)("other programs, at a $name", (size) => {
  it("ask for what they want, are let in, and shut out again", async () => {
    const printed = await on.server.command("app", "add", `Wiki ${size.name}`, "--redirect", wikiAt, "--scope", "openid profile email Files.Read offline_access");
    const id = /client_id\W+([0-9a-f-]{36})/.exec(printed)?.[1] ?? "";
    const secret = /client_secret\W+(\S+)/.exec(printed)?.[1] ?? "";
    const person = await on.register(`reader-${size.name}`);
    const verifier = randomBytes(32).toString("base64url");
    const ask = new URLSearchParams({
      response_type: "code",
      client_id: id,
      redirect_uri: wikiAt,
      scope: "openid profile Files.Read",
      state: "a state",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    // Nobody is signed in yet: the page comes back to the question after that.
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open(`/session/authorize?${ask}`);
    await page.getByLabel("Email").fill(person.email);
    await page.getByRole("textbox", { name: "Password" }).fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: `Allow Wiki ${size.name}?` }).waitFor();
    await page.getByText("Read your files").waitFor();
    await tour.shot("consent");
    expect(await tour.findings()).toEqual([]);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByText("Welcome to the wiki").waitFor();
    const back = new URL(page.url());
    expect(back.searchParams.get("state")).toBe("a state");
    const form = new URLSearchParams({ grant_type: "authorization_code", client_id: id, client_secret: secret, code: back.searchParams.get("code") ?? "", code_verifier: verifier });
    const answer = await fetch(`${on.server.base}/api/v4/session/oauth/token`, { method: "POST", body: form });
    const { access_token } = (await answer.json()) as { access_token: string };
    const read = () => fetch(`${on.server.base}/api/v4/session/oauth/userinfo`, { headers: { Authorization: `Bearer ${access_token}` } }).then((reply) => reply.json() as Promise<{ sub?: string }>);
    expect((await read()).sub).toBeTruthy();

    // What was allowed once is not asked again.
    await tour.open(`/session/authorize?${ask}`);
    await page.getByText("Welcome to the wiki").waitFor();
    await tour.open("/settings?tab=security");
    const revoke = page.getByRole("button", { name: `Revoke Wiki ${size.name}` });
    await revoke.scrollIntoViewIfNeeded();
    await tour.shot("grants");
    await revoke.click();
    await revoke.waitFor({ state: "detached" });
    expect((await read()).sub).toBeUndefined();

    await tour.open("/session/authorize?client_id=00000000-0000-4000-8000-000000000000&scope=openid");
    await page.getByRole("alert").waitFor();
    await tour.shot("consent-unknown");
    await tour.end();
  });
});
