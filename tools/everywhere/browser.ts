/**
 * Finds and starts the browser that the machine has.
 *
 * @module
 */

import type { Browser, Page } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

/**
 * Where a browser is.
 *
 * @returns A path, or `undefined` if there is none.
 */
export function findBrowser(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders
    .flatMap((folder) => BROWSERS.map((name) => `${folder}/${name}`))
    .find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Starts the browser, without a window.
 *
 * @param leftOut Flags that its driver would set by itself.
 * @returns The browser; close it.
 */
export async function launch(leftOut: string[] = []): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("Cannot find a browser");
  return await chromium.launch({
    executablePath,
    args: FLAGS,
    ignoreDefaultArgs: leftOut,
    headless: true,
  });
}

/**
 * Does something in new pages, each with nothing in its cache.
 *
 * @param url What the pages show.
 * @param times How many pages.
 * @param use Does it, in one page after another.
 * @returns What it returned.
 */
export async function inPages<T>(
  url: string,
  times: number,
  use: (page: Page, i: number) => Promise<T>,
): Promise<T[]> {
  const browser = await launch();
  try {
    const results: T[] = [];
    for (let i = 0; i < times; i++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(url);
      results.push(await use(page, i));
      await context.close();
    }
    return results;
  } finally {
    await browser.close();
  }
}
