/** Files on the computer of somebody who uploads. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll } from "vitest";

export const MEGABYTE = 1024 * 1024;

/** A folder that is there as long as the tours of one file. */
export class Computer {
  readonly folder = mkdtempSync(join(tmpdir(), "alcove-computer-"));

  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Writes a text, or so many bytes of noise; answers the path. */
  file(name: string, content: number | string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : randomBytes(content));
    return path;
  }
}

/** Chooses files, or a folder, from the menu for what is new. */
export async function pick(page: Page, paths: string[], item = "Upload files") {
  await page.getByRole("button", { name: "New", exact: true }).click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("menuitem", { name: item }).click()]);
  await chooser.setFiles(paths);
}
