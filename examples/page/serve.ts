/**
 * Serves the page: `deno run -A examples/page/serve.ts [port]`.
 *
 * @module
 */

import { build, stop } from "esbuild";
import config from "../../deno.json" with { type: "json" };

const page = await Deno.readTextFile(new URL("page.html", import.meta.url));
const script = await bundle();

const TYPES = { "/": "text/html", "/main.js": "text/javascript" };
const BODIES = { "/": page, "/main.js": script };

Deno.serve({
  port: Number(Deno.args[0] ?? 8000),
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.error(`http://127.0.0.1:${port}/`),
}, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname !== "/" && pathname !== "/main.js") {
    return new Response("Not found", { status: 404 });
  }
  const type = `${TYPES[pathname]}; charset=utf-8`;
  return new Response(BODIES[pathname], { headers: { "content-type": type } });
});

/** What the page runs, in one file. */
async function bundle(): Promise<string> {
  const library = new URL(`../../${config.exports["."]}`, import.meta.url);
  const { outputFiles } = await build({
    entryPoints: [new URL("main.ts", import.meta.url).pathname],
    alias: { [config.name]: library.pathname },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  await stop();
  return outputFiles[0]!.text;
}
