import { root } from "../files.ts";
import { dependencies, type Installed } from "./versions.ts";

/** Where the packages are, from the root. */
const FOLDER = "dist/tools/";

/** Installs what the package is tested with and on, unless that was done. */
export async function install(): Promise<void> {
  const wanted = JSON.stringify(
    { private: true, dependencies: dependencies() },
    undefined,
    2,
  );
  const stamp = `${root}${FOLDER}installed.json`;
  if (await textOf(stamp) === wanted) return;
  await Deno.mkdir(root + FOLDER, { recursive: true });
  await Deno.writeTextFile(`${root}${FOLDER}package.json`, wanted);
  await Deno.writeTextFile(
    `${root}${FOLDER}deno.json`,
    JSON.stringify({ nodeModulesDir: "manual", lock: false }),
  );
  const installer = new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: root + FOLDER,
    stdin: "null",
  });
  const { success } = await installer.spawn().status;
  if (!success) throw new Error("Cannot install the runtimes");
  await Deno.writeTextFile(stamp, wanted);
}

/**
 * Where a package is installed.
 *
 * @param name Its name.
 * @param path A path in it.
 * @returns An absolute path.
 */
export function installed(name: Installed, path: string): string {
  return `${packages()}/${name}/${path}`;
}

/**
 * Where the packages are installed.
 *
 * @returns An absolute path.
 */
export function packages(): string {
  return `${root}${FOLDER}node_modules`;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
