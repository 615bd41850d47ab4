/** Keys as people press them who use nothing else. */
import type { Locator, Page } from "playwright-core";
import type { Visit } from "./tour";

/** More steps than any page has places to stop at. */
const MOST_STEPS = 120;

/** What has the focus, as it is read out; nothing if it is the page as a whole. */
export async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const node = document.activeElement;
    if (node === document.body) return "";
    const labelled = (node?.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    const label = node && "labels" in node ? [...((node as HTMLInputElement).labels ?? [])].map((each) => each.textContent) : [];
    return [node?.getAttribute("aria-label"), ...labelled, ...label, node?.textContent].filter(Boolean).join(" ");
  });
}

/** Presses Tab until something has the focus, as people do who cannot see where it is. */
export async function tabTo(page: Page, wanted: RegExp, key = "Tab") {
  await walk(page, key, async () => wanted.test(await focused(page)), String(wanted));
}

/** The same for what no name tells apart. */
export async function tabInto(page: Page, wanted: Locator, key = "Tab") {
  await walk(page, key, () => wanted.evaluate((node) => node.contains(document.activeElement)), String(wanted));
}

async function walk(page: Page, key: string, there: () => Promise<boolean>, wanted: string) {
  const met: string[] = [];
  for (let presses = 0; presses < MOST_STEPS; presses += 1) {
    if (await there()) return;
    met.push((await focused(page)).slice(0, 30));
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${wanted}: ${met.join(" | ")}`);
}

/** Goes to something with Tab and presses it. */
export async function press(page: Page, wanted: RegExp, key = "Enter") {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

/** Goes to a field with Tab and writes into it, over what was there. */
export async function write(page: Page, wanted: RegExp, text: string) {
  await tabTo(page, wanted);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Walks an open list to an option and takes it. */
export async function pickOption(page: Page, name: string) {
  const option = page.getByRole("option", { name });
  await option.waitFor();
  await walk(page, "ArrowDown", async () => (await option.getAttribute("data-combobox-selected")) === "true", name);
  await page.keyboard.press("Enter");
}

/** Waits for a dialog to be there with the focus in it. */
export async function inDialog(page: Page): Promise<Locator> {
  await page.waitForFunction(() => !!document.activeElement?.closest("[role=dialog]"));
  return page.getByRole("dialog");
}

/** Walks the tree of the dialog that is open to a folder, and takes it. */
export async function pickFolder(page: Page, name: string) {
  const tree = (await inDialog(page)).last().getByRole("tree");
  await tree.getByRole("treeitem", { name }).waitFor();
  await tabInto(page, tree);
  await page.keyboard.press("Home");
  await walk(page, "ArrowDown", async () => (await focused(page)).startsWith(name), name);
  await page.keyboard.press("Enter");
}

/** Takes an item of the menu that is open. */
export async function pickItem(page: Page, wanted: RegExp) {
  await page.getByRole("menuitem", { name: wanted }).first().waitFor();
  await page.waitForFunction(() => !!document.activeElement?.closest("[role=menu]"));
  await walk(page, "ArrowDown", async () => wanted.test(await focused(page)), String(wanted));
  await page.keyboard.press("Enter");
}

/** Goes to an entry of the list with the arrows, wherever the focus was. */
export async function goTo(tour: Visit, name: string) {
  const { page } = tour;
  const entry = tour.entry(name);
  await entry.waitFor();
  await tabTo(page, /^Files and folders/);
  await page.keyboard.press("Home");
  const reached = async () => (await entry.getAttribute("data-focus")) !== null;
  const layout = await page.locator("[data-grid]").evaluate((grid) => (grid.querySelector("[role=columnheader]") || grid.querySelector("[role=row][data-entry]") ? "list" : "cards"));
  await walk(page, layout === "list" ? "ArrowDown" : "ArrowRight", reached, name);
}

/** Opens the menu of an entry and takes an item of it. */
export async function act(tour: Visit, name: string, action: RegExp) {
  await goTo(tour, name);
  await tour.page.keyboard.press("Shift+F10");
  await pickItem(tour.page, action);
}

/** Whether everybody can see what has the focus: it has a ring, or its frame or the entry meant shows it. */
export async function ringIsVisible(page: Page): Promise<boolean> {
  return await page.evaluate(() => {
    const focused = document.activeElement;
    const node = document.getElementById(focused?.getAttribute("aria-activedescendant") ?? "") ?? focused;
    if (!node || node === document.body) return false;
    const marked = (each: Element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
      return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    return marked(node) || (!!node.parentElement && marked(node.parentElement));
  });
}
