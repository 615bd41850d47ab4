/** What others share, and programs that ask for access, without a mouse: only keys are pressed here. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { act, focused, goTo, inDialog, pickFolder, pickItem, press, tabInto, tabTo } from "../../keys";
import { uriOf } from "../../server";
import { stage } from "../../stage";
import { eventually, SIZES } from "../../tour";

const on = stage((made) => made.register("administrator"));
const pathOf = (link: string) => new URL(link).pathname;

describe.each(SIZES)("keys alone visit, at a $name", (size) => {
  it("a share: its password, the README, a download, a copy and a shortcut to keep", async () => {
    const owner = await on.register(`giver-${size.name}`);
    const friend = await on.register(`taker-${size.name}`);
    await owner.folder("Trip");
    await owner.put("Trip/README.md", "# Welcome\n");
    await owner.put("Trip/list.txt", "one, two");
    const link = (await owner.call("PUT", "/share", { uri: uriOf("Trip"), is_private: true, password: "pw123", show_readme: true })) as string;
    const tour = await on.visit({ size, person: friend });
    const { page } = tour;
    await tour.open(pathOf(link).replace("/pw123", ""));
    await page.getByLabel(/has a password/).waitFor();
    await tabTo(page, /has a password/);
    await page.keyboard.type("pw123");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Welcome" }).waitFor();
    const [saved] = await Promise.all([page.waitForEvent("download"), act(tour, "list.txt", /^Download/)]);
    expect(saved.suggestedFilename()).toBe("list.txt");
    for (const [how, count] of [[/^Save a copy/, 1], [/^Add a shortcut/, 2]] as const) {
      await press(page, /^Save to my drive/);
      await pickItem(page, how);
      await inDialog(page);
      if (count === 2) {
        // Beside the copy there is no room for a second one of the name.
        await press(page, /^New folder/);
        await page.getByRole("dialog", { name: "New folder" }).waitFor();
        await eventually(() => focused(page), (now) => now.startsWith("Name"));
        await page.keyboard.type("Kept");
        await page.keyboard.press("Enter");
        await page.getByRole("dialog", { name: "New folder" }).waitFor({ state: "detached" });
        await pickFolder(page, "Kept");
      }
      await press(page, /^Save here/);
      expect(await eventually(() => friend.names(""), (names) => names.length === count)).toContain("Trip");
    }
    await eventually(() => friend.names("Kept"), (names) => names.length === 1);
    await tabTo(page, new RegExp(`^giver-${size.name}`));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `giver-${size.name}` }).waitFor();
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://shared_with_me")}`);
    await goTo(tour, "Trip");
    await page.keyboard.press("Enter");
    await tour.entry("list.txt").waitFor();
    await tour.end();
  });

  it("one file, and a place that takes files", async () => {
    const owner = await on.register(`poster-${size.name}`);
    await owner.put("letter.txt", "dear friend");
    await owner.folder("Inbox");
    const letter = (await owner.call("PUT", "/share", { uri: uriOf("letter.txt") })) as string;
    const inbox = (await owner.call("PUT", "/share", { uri: uriOf("Inbox"), permissions: { everyone: "BA==" } })) as string;
    const tour = await on.visit({ size });
    const { page } = tour;
    await tour.open(pathOf(letter));
    await page.getByRole("button", { name: "Download" }).and(page.locator(":enabled")).waitFor();
    const [saved] = await Promise.all([page.waitForEvent("download"), press(page, /^Download/)]);
    expect(saved.suggestedFilename()).toBe("letter.txt");
    await press(page, /^Open/);
    await page.getByText("dear friend").waitFor();
    await inDialog(page);
    await press(page, /^Close/);
    await page.getByRole("heading", { name: "letter.txt" }).waitFor();
    await tour.open(pathOf(inbox));
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page, /^Add files/)]);
    await chooser.setFiles([{ name: "homework.txt", mimeType: "text/plain", buffer: Buffer.from("done") }]);
    expect(await eventually(() => owner.names("Inbox"), (names) => names.length === 1)).toEqual(["homework.txt"]);
    await tour.end();
  });

  it("the question of a program, which is let in and shut out again", async () => {
    const wiki = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<h1>Welcome to the wiki</h1>"));
    await new Promise<void>((ready) => wiki.listen(0, "127.0.0.1", ready));
    onTestFinished(() => void wiki.close());
    const back = `http://127.0.0.1:${(wiki.address() as AddressInfo).port}/`;
    const printed = await on.server.command("app", "add", `Wiki ${size.name}`, "--redirect", back, "--scope", "openid profile Files.Read");
    const id = /client_id\W+([0-9a-f-]{36})/.exec(printed)?.[1] ?? "";
    const tour = await on.visit({ size, person: await on.register(`allower-${size.name}`) });
    const { page } = tour;
    await tour.open(`/session/authorize?${new URLSearchParams({ response_type: "code", client_id: id, redirect_uri: back, scope: "openid profile Files.Read", state: "s" })}`);
    await page.getByRole("heading", { name: `Allow Wiki ${size.name}?` }).waitFor();
    await press(page, /^Allow$/);
    await page.getByText("Welcome to the wiki").waitFor();
    await tour.open("/settings?tab=security");
    const revoke = page.getByRole("button", { name: `Revoke Wiki ${size.name}` });
    await revoke.waitFor();
    await tabInto(page, revoke);
    await page.keyboard.press("Enter");
    await revoke.waitFor({ state: "detached" });
    await tour.end();
  });
});
