import { build, type Plugin, stop } from "esbuild";

/** How large a program is in a bundle, in bytes. */
export interface Size {
  /** Minified. */
  readonly minified: number;
  /** Minified, and zipped then. */
  readonly zipped: number;
}

/** Says of all modules what the npm package says: unused ones can be left out. */
export const asPackaged: Plugin = {
  name: "as packaged",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => ({
      path: new URL(path, `file://${resolveDir}/`).pathname,
      sideEffects: false,
    }));
  },
};

/**
 * Bundles programs, each with all that it imports.
 *
 * @param paths The modules to begin with, absolute paths.
 * @param plugins What the bundler is to know.
 * @returns How large the bundles are.
 */
export async function sizesOf(
  paths: readonly string[],
  plugins: Plugin[] = [],
): Promise<Size[]> {
  const { outputFiles } = await build({
    entryPoints: [...paths],
    outdir: "dist",
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
    plugins,
    logLevel: "error",
  });
  await stop();
  return await Promise.all(outputFiles.map(({ contents }) => sizeOf(contents)));
}

async function sizeOf(contents: Uint8Array): Promise<Size> {
  const zip = new Blob([contents as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const { length: zipped } = await new Response(zip).bytes();
  return { minified: contents.length, zipped };
}
