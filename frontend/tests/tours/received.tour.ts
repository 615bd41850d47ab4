/** What is shared with somebody by name reaches them: told, listed, and gone when it is taken back. */
import { describe, expect, it } from "vitest";
import { type Person, uriOf } from "../server";
import { stage } from "../stage";
import { SIZES, type Visit } from "../tour";

const on = stage((made) => made.register("administrator"));

async function shareWith(owner: Person, path: string, person: Person): Promise<string> {
  const permissions = { user_explicit: { [person.signedIn.user.id]: "AQ==" } };
  const link = (await owner.call("PUT", "/share", { uri: uriOf(path), permissions })) as string;
  return new URL(link).pathname.split("/").pop() ?? "";
}

async function toReceived({ page, size }: Visit) {
  if (size.touch) await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("link", { name: /^Shared with me/ }).click();
  await page.getByRole("heading", { name: "Shared with you by name" }).waitFor();
}

describe.each(SIZES)("what is shared by name, at a $name", (size) => {
  it("is told at once, listed with who and when, opens, and vanishes when it is taken back", async () => {
    const owner = await on.register(`anna-${size.name}`);
    const guest = await on.register(`bob-${size.name}`);
    await owner.folder("Plans");
    await owner.put("Plans/plan.txt", "the plan");
    await owner.put("Minutes of the meeting.txt", "long");
    await guest.put("mine.txt", "mine");
    const tour = await on.visit({ size, person: guest });
    const { page } = tour;
    // The stream has to be there before anything comes.
    const stream = page.waitForResponse((response) => response.url().includes("/file/events"));
    await tour.open();
    await tour.entry("mine.txt").waitFor();
    await stream;
    await shareWith(owner, "Plans", guest);
    const notice = page.getByText(`anna-${size.name} shared “Plans” with you`);
    await notice.waitFor();
    await tour.look("received-notice");
    await page.getByRole("alert").filter({ has: notice }).getByRole("button", { name: "Open" }).click();
    await tour.entry("plan.txt").waitFor();
    const second = await shareWith(owner, "Minutes of the meeting.txt", guest);
    await page.getByText("shared “Minutes of the meeting.txt” with you").waitFor();
    if (!size.touch) await page.getByLabel("2 new").waitFor();
    await toReceived(tour);
    const lines = page.getByRole("region", { name: "Shared with you by name" }).getByRole("listitem");
    await lines.filter({ hasText: "Plans" }).getByText(`Shared by anna-${size.name}`).waitFor();
    const texts = await lines.allTextContents();
    expect(texts.map((text) => (text.includes("Minutes") ? "minutes" : "plans"))).toEqual(["minutes", "plans"]);
    for (const text of texts) expect(text).toMatch(/New.*\d/);
    await tour.look("received-list");
    expect(tour.barriers).toEqual([]);
    await owner.call("DELETE", `/share/${second}`);
    await lines.filter({ hasText: "Minutes" }).waitFor({ state: "detached" });
    await lines.filter({ hasText: "Plans" }).getByRole("link").click();
    await tour.entry("plan.txt").waitFor();
    await page.reload();
    await tour.entry("plan.txt").waitFor();
    await toReceived(tour);
    expect(await lines.filter({ hasText: "New" }).count()).toBe(0);
    await tour.end();
  });

  it("is listed above the shortcuts that were added, and told of after having been away", async () => {
    const owner = await on.register(`carla-${size.name}`);
    const guest = await on.register(`dan-${size.name}`);
    await owner.folder("Photographs");
    await owner.put("Photographs/one.txt", "1");
    await owner.put("Locked letter.txt", "2");
    const open = (await owner.call("PUT", "/share", { uri: uriOf("Photographs") })) as string;
    const permissions = { user_explicit: { [guest.signedIn.user.id]: "AQ==" } };
    await owner.call("PUT", "/share", { uri: uriOf("Locked letter.txt"), permissions, is_private: true, password: "s3cret" });
    const target = `cloudreve://${new URL(open).pathname.split("/").pop()}@share`;
    const metadata = { "sys:shared_redirect": target, "sys:shared_owner": owner.signedIn.user.id };
    await guest.call("POST", "/file/create", { uri: uriOf("Their photographs"), type: "folder", metadata });
    const tour = await on.visit({ size, person: guest, locale: "zh-CN" });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent("cloudreve://shared_with_me")}`);
    await page.getByRole("heading", { name: "指名与您共享" }).waitFor();
    await page.getByRole("heading", { name: "您添加的快捷方式" }).waitFor();
    await tour.entry("Their photographs").waitFor();
    await tour.look("received-beside-shortcuts-zh");
    expect(tour.barriers).toEqual([]);
    await page.getByRole("link", { name: /Locked letter/ }).click();
    await page.getByText("此分享需要密码").waitFor();
    await tour.end();
  });
});
