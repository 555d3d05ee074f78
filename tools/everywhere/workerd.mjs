// Starts workerd, sends it what to run, and writes its answer. Runs in Node.js.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";

const { Miniflare } = createRequire(`${process.env.MINIFLARE}/`)(".");

/** All modules below the current folder, those of the entry's first. */
function modules() {
  const entry = process.env.ENTRY.replace("dist/", "");
  const paths = readdirSync(".", { recursive: true })
    .filter((path) => /^(npm|everywhere)\/.*\.js$/.test(path))
    .filter((path) => path !== entry)
    .filter((path) => !/^everywhere\/(page|process)\.js$/.test(path));
  return [entry, ...paths].map((path) => ({ type: "ESModule", path }));
}

const miniflare = new Miniflare({
  modules: modules(),
  modulesRoot: process.cwd(),
  compatibilityDate: process.env.DATE ?? "2026-07-30",
  compatibilityFlags: ["nodejs_compat"],
  host: "127.0.0.1",
});
const response = await miniflare.dispatchFetch("http://localhost/", {
  method: "POST",
  body: process.argv[2],
});
const text = await response.text();
await miniflare.dispose();
if (!response.ok) throw new Error(text);
process.stdout.write(text + "\n");
