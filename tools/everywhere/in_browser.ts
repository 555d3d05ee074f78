import { root } from "../files.ts";
import { inPages } from "./browser.ts";
import type { Order, Result } from "./runner.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
};

/** A page that begins with nothing. */
const EMPTY = "<!doctype html><meta charset=utf-8><title>Dekka</title>";

/** A server that runs. */
export interface Server extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
}

/**
 * Serves `dist/` and an empty page.
 *
 * @param receive Is given what a page posts.
 * @returns The server; dispose of it.
 */
export function serveDist(receive?: (text: string) => void): Server {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      if (request.method !== "POST") return await serveFile(request);
      receive?.(await request.text());
      return new Response();
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
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
export async function runInBrowser(
  kind: "page" | "worker",
  order: Order,
  report: (result: Result) => void,
): Promise<string> {
  await using server = serveDist();
  const [version] = await inPages(server.url, 1, async (page) => {
    await page.exposeFunction("dekkaReport", report);
    await page.evaluate(kind === "page" ? inPage : inWorker, order);
    return page.context().browser()!.version();
  });
  return version!;
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
