/**
 * Finds and starts the browser that the machine has.
 *
 * @module
 */

import type { Browser } from "playwright-core";

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
 * @returns The browser; close it.
 */
export async function launch(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("Cannot find a browser");
  return await chromium.launch({ executablePath, args: FLAGS, headless: true });
}
