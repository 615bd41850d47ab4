/** Fingers, and pages that came without HTTPS, as they do in most homes. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person, type Server, startServer, uriOf } from "../server";
import { eventually, launch, SIZES, visit } from "../tour";

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("with a finger", () => {
  it("a long press chooses, taps add, and another tap opens when nothing is chosen", async () => {
    const person = await Person.register(server.base, "finger");
    for (const name of ["a.txt", "b.txt"]) await person.put(name, name);
    const tour = await visit(browser, server.base, { size: SIZES[1], person });
    const { page } = tour;
    await tour.open();
    const box = await tour.entry("a.txt").boundingBox();
    if (!box) throw new Error("nothing is shown");
    const protocol = await tour.context.newCDPSession(page);
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    await protocol.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    await tour.page.locator('[data-entry][aria-selected="true"]').waitFor();
    await protocol.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await tour.entry("b.txt").tap();
    await page.getByText("2 selected").waitFor();
    await page.getByRole("button", { name: "Clear selection" }).tap();
    await tour.entry("b.txt").tap();
    await page.getByRole("dialog", { name: "b.txt" }).waitFor();
    await tour.end();
  });

  it("everything that is touched is at least 40 pixels high", async () => {
    const person = await Person.register(server.base, "thumb");
    await person.put("a.txt", "a");
    await person.call("PATCH", "/file/view", { uri: uriOf(""), view: { page_size: 100, view: "list", thumbnail: true } });
    const tour = await visit(browser, server.base, { size: SIZES[1], person });
    await tour.open();
    await tour.entry("a.txt").click({ button: "right" });
    await tour.page.getByRole("menuitem").first().waitFor();
    const smallIn = (places: string) =>
      tour.page.evaluate(
        (selector) =>
          [...document.querySelectorAll<HTMLElement>(selector)]
            .filter((each) => each.checkVisibility({ opacityProperty: true }) && each.offsetWidth > 1)
            .map((each) => ({ name: each.getAttribute("aria-label") ?? each.textContent, height: each.getBoundingClientRect().height }))
            .filter(({ height }) => height < 40),
        places,
      );
    expect(await smallIn("main button, main a, [role=menuitem], [role=toolbar] button")).toEqual([]);
    await tour.page.keyboard.press("Escape");
    await tour.page.getByRole("button", { name: "Menu", exact: true }).tap();
    await tour.page.getByRole("link", { name: "Trash" }).waitFor();
    await tour.shot("menu-touched");
    expect(await smallIn("header button, header a, nav a, nav [role=treeitem]")).toEqual([]);
    await tour.open("/settings");
    await tour.page.getByLabel("Email").waitFor();
    expect(await smallIn("main button, main input:not([type=checkbox], [type=radio])")).toEqual([]);
    await tour.end();
  });
});

describe("without HTTPS", () => {
  it("copies, deletes, undoes and uploads as elsewhere", async () => {
    const person = await Person.register(server.base, "homely");
    await person.put("a.txt", "a");
    // Another name of this computer, which browsers do not trust as they trust `localhost`.
    const plain = await launch("--host-resolver-rules=MAP alcove.home 127.0.0.1");
    const tour = await visit(plain, server.base.replace("127.0.0.1", "alcove.home"), { person });
    const { page } = tour;
    await tour.open();
    await tour.entry("a.txt").waitFor();
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await tour.choose("a.txt", "Direct link…");
    await page.getByRole("button", { name: "Copy link", exact: true }).click();
    await page.getByRole("button", { name: "Link copied" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await tour.choose("a.txt", "Delete");
    await page.getByRole("button", { name: "Undo" }).click();
    await tour.entry("a.txt").waitFor();
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["pasted"], "p.txt", { type: "text/plain" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    });
    expect(await eventually(() => person.read("p.txt"), (text) => text === "pasted")).toBe("pasted");
    await tour.end();
    await plain.close();
  });
});

describe("when a session ends", () => {
  it.each(SIZES)("the folder, and the file looked at, are there again after signing in, at a $name", async (size) => {
    const person = await Person.register(server.base, `leaver-${size.name}`);
    await person.folder("Deep");
    await person.put("Deep/note.txt", "still here");
    const broken = { ...person.signedIn, token: { access_token: "none", refresh_token: "none", access_expires: "2020-01-01T00:00:00Z", refresh_expires: "2020-01-01T00:00:00Z" } };
    const tour = await visit(browser, server.base, { size, person: new Person(server.base, person.email, broken as never) });
    const { page } = tour;
    await tour.open(`/home?path=${encodeURIComponent(uriOf("Deep"))}&open=${encodeURIComponent(uriOf("Deep/note.txt"))}`);
    await page.getByRole("button", { name: new RegExp(`leaver-${size.name}`) }).click();
    await page.getByLabel("Password").first().fill(Person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("dialog", { name: "note.txt" }).waitFor();
    await page.locator("[data-viewer]").getByRole("button", { name: "Close", exact: true }).click();
    await tour.entry("note.txt").waitFor();
    await tour.end();
  });
});
