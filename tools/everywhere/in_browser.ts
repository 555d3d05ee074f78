import type { Browser, Page } from "playwright-core";
import { root } from "../files.ts";
import type { Order, Result } from "./runner.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
};

/** A page that begins with nothing. */
const EMPTY = "<!doctype html><meta charset=utf-8><title>Dekka</title>";

/** The browsers that are looked for. */
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
 * Opens a page of a server that serves `dist/`.
 *
 * @param use What to do with the page.
 */
export async function withPage<T>(
  use: (page: Page, browser: Browser) => Promise<T>,
): Promise<T> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    serveFile,
  );
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: findBrowser()!,
    args: FLAGS,
    headless: true,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    return await use(page, browser);
  } finally {
    await browser.close();
    await server.shutdown();
  }
}

async function serveFile(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/") {
    return new Response(EMPTY, { headers: { "content-type": "text/html" } });
  }
  const type = TYPES[pathname.replace(/.*\./, "")];
  if (type === undefined) return new Response("", { status: 404 });
  try {
    const bytes = await Deno.readFile(`${root}dist${pathname}`);
    return new Response(bytes, { headers: { "content-type": type } });
  } catch {
    return new Response("", { status: 404 });
  }
}

interface Scope {
  dekkaRun(order: Order, report: (item: unknown) => void): Promise<void>;
  dekkaReport(item: unknown): Promise<void>;
}

/**
 * Runs the tests in a web page, or in a Worker of it.
 *
 * @param kind Where.
 * @param order What to run.
 * @param report Is told of each result.
 * @returns The version of the browser.
 */
export function runInBrowser(
  kind: "page" | "worker",
  order: Order,
  report: (result: Result) => void,
): Promise<string> {
  return withPage(async (page, browser) => {
    await page.exposeFunction("dekkaReport", report);
    await page.evaluate(kind === "page" ? inPage : inWorker, order);
    return browser.version();
  });
}

/** Runs inside of the page. */
async function inPage(order: Order): Promise<void> {
  const path = "/everywhere/page.js";
  await import(path);
  const { dekkaRun, dekkaReport } = globalThis as unknown as Scope;
  await dekkaRun(order, dekkaReport);
}

/** Runs inside of the page, and makes a Worker do it. */
function inWorker(order: Order): Promise<void> {
  const { dekkaReport } = globalThis as unknown as Scope;
  const worker = new Worker("/everywhere/page.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data === "end") resolve();
      else dekkaReport(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(order);
  });
}
