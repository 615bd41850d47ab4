/** A site that keeps its bytes in a folder on a WebDAV server: made in the console, and used by people. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DavServer } from "../dav";
import { Computer, MEGABYTE, pick } from "../local";
import { Person, uriOf } from "../server";
import { stageBeside } from "../stage";
import { SIZES } from "../tour";

const computer = new Computer();
let administrator: Person;
let number = 0;
const on = stageBeside(DavServer.open, () => ({}), async (made) => {
  administrator = await made.register("administrator");
});

interface Policy {
  id: number;
  name: string;
  settings: object;
}

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe.each(SIZES)("files on a WebDAV server, at a $name", (size) => {
  it("begin with a policy that is tried in the console, and go there and come back through the server", async () => {
    number += 1;
    const [name, folder] = [`Cloud ${number}`, `sites/Alcove ${number} ${Date.now()}`];
    const console = await on.visit({ size, person: administrator });
    const { page } = console;
    await console.open("/admin/policies");
    await page.getByRole("button", { name: "New policy" }).click();
    const wizard = page.getByRole("dialog", { name: "New policy" });
    await console.look("webdav-kinds");
    await wizard.locator('[data-kind="webdav"]').click();
    await wizard.getByLabel("Name", { exact: false }).first().fill(name);
    const address = wizard.getByLabel("Address of the server");
    await address.fill("https://me:secret@cloud.example.com");
    await wizard.getByText("User name and password have fields of their own").waitFor();
    await address.fill(on.beside.endpoint);
    await wizard.getByRole("textbox", { name: "Folder" }).fill(folder);
    await wizard.getByRole("textbox", { name: "User name" }).fill(on.beside.user);
    const password = wizard.getByRole("textbox", { name: "Password" });
    await password.fill("wrong");
    await console.look("webdav-connection");
    const next = () => wizard.getByRole("button", { name: "Next" }).click();
    const test = () => wizard.getByRole("button", { name: "Test and create" }).click();
    await next();
    await wizard.getByText("Which files, and under what names?").waitFor();
    await console.look("webdav-files");
    await next();
    await test();
    await wizard.getByRole("alert").getByText("the user name or the password is wrong").waitFor();
    await console.look("webdav-refused");
    await wizard.getByRole("button", { name: "Back to the connection" }).click();
    await password.fill(on.beside.password);
    await next();
    await next();
    await test();
    await wizard.waitFor({ state: "detached" });
    const row = page.locator("[data-row]").filter({ hasText: name }).first();
    await row.waitFor();
    await (size.touch ? row.getByRole("button").click() : row.click());
    await page.getByText(folder).first().waitFor();
    await page.getByText("WebDAV server").first().waitFor();
    await console.look("webdav-policy");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    const form = page.getByRole("dialog", { name });
    await form.getByRole("textbox", { name: "Folder", exact: true }).waitFor();
    await console.look("webdav-edit");
    expect(console.barriers).toEqual([]);
    await console.end();

    const { policies } = (await administrator.call("POST", "/admin/policy", { page: 1, page_size: 1000 })) as { policies: Policy[] };
    const made = policies.find((policy) => policy.name === name);
    expect(made).toMatchObject({ type: "local", settings: { backend: "webdav" } });
    const group = (await administrator.call("GET", "/admin/group/2")) as { edges: object };
    await administrator.call("PUT", "/admin/group/2", { group: { ...group, edges: { ...group.edges, storage_policies: { id: made?.id } } } });
    const person = await on.register(`afar${number}`);
    const tour = await on.visit({ size, person });
    await tour.open();
    await tour.page.getByText("This folder is empty").waitFor();
    const large = computer.file(`large${number}.bin`, 30 * MEGABYTE);
    await pick(tour.page, [large, computer.file("notes.md", "# In another cloud")]);
    await tour.page.getByText("2 files uploaded").waitFor({ timeout: 60_000 });
    expect(await on.beside.files(folder)).toHaveLength(2);
    const { urls } = (await person.call("POST", "/file/url", { uris: [uriOf(`large${number}.bin`)] })) as { urls: { url: string }[] };
    const answer = await fetch(urls[0]?.url ?? "");
    expect(new URL(answer.url).origin).toBe(on.server.base);
    expect(hashOf(Buffer.from(await answer.arrayBuffer()))).toBe(hashOf(readFileSync(large)));
    await tour.enter("notes.md");
    await tour.page.getByRole("heading", { name: "In another cloud" }).waitFor();
    await tour.shot("webdav-preview");
    expect(await tour.findings()).toEqual([]);
    await tour.end();
  }, 180_000);
});
