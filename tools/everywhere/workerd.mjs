// Sends each argument to an isolate of its own, and writes what they answered as
// JSON. Runs in Node.js.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";

const { kCurrentWorker, Miniflare } = createRequire(
  `${process.env.MINIFLARE}/`,
)(".");

/** What an entry can reach. */
const BINDINGS = {
  "requests.js": {
    durableObjects: { HOME: "Home" },
    serviceBindings: { SELF: kCurrentWorker },
  },
};

/** The parts into which the bundler has split the tests. */
const PART = /^everywhere\/.*-\w{8}\.js$/;

/** All modules below the current folder, those of the entry's first. */
function modules() {
  const entry = process.env.ENTRY.replace("dist/", "");
  const isPart = (path) => entry.endsWith("/workerd.js") && PART.test(path);
  const paths = readdirSync(".", { recursive: true })
    .filter((path) => /^npm\/.*\.js$/.test(path) || isPart(path));
  return [entry, ...paths].map((path) => ({ type: "ESModule", path }));
}

async function ask(body) {
  const miniflare = new Miniflare({
    modules: modules(),
    modulesRoot: process.cwd(),
    compatibilityDate: process.env.DATE ?? "2026-07-30",
    compatibilityFlags: ["nodejs_compat"],
    host: "127.0.0.1",
    ...BINDINGS[process.env.ENTRY.replace(/.*\//, "")],
  });
  try {
    const url = "http://localhost/";
    const response = await miniflare.dispatchFetch(url, {
      method: "POST",
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  } finally {
    await miniflare.dispose();
  }
}

const answers = [];
for (const body of process.argv.slice(2)) answers.push(await ask(body));
process.stdout.write(JSON.stringify(answers));
