/**
 * The page that is kept: `RESULTS.md`.
 *
 * @module
 */
import { CONTENDERS } from "./contenders.ts";
import peers from "./deno.json" with { type: "json" };
import { barTable, resultTable, toMarkdown } from "./report.ts";
import type { Result } from "./rounds.ts";

/** Writes the page. */
export function resultsPage(
  results: readonly Result[],
  versions: ReadonlyMap<string, string | undefined>,
  rounds: number,
): string {
  return `# Results

Written by \`deno task bench\`;
[the guide](../docs/benchmarks.md) says what the numbers mean. ${
    machine(rounds)
  }

![Ratios to the hand-written floor](results.svg)

## Dekka and its bars

Ratios to the hand-written floor of the same round; bytes for memory. A column of
peers counts by the best of its rows.

${toMarkdown(barTable(results))}

## Everything

Millions of operations a second, and the ratio to the floor of the same round:
medians and quartiles. "Dekka without it" is what the rows of a deadline and of
detection are divided by.

${toMarkdown(resultTable(results))}

${versionList(versions)}
`;
}

function machine(rounds: number): string {
  const { os, arch } = Deno.build;
  const cores = navigator.hardwareConcurrency;
  const { deno, v8 } = Deno.version;
  return `Deno ${deno} (V8 ${v8}), ${os} ${arch}, ${cores} cores, ` +
    `medians of ${rounds} interleaved rounds.`;
}

function versionList(
  versions: ReadonlyMap<string, string | undefined>,
): string {
  const names = Object.values(peers.imports)
    .filter((name) => name.startsWith("npm:"));
  const told = [...versions]
    .filter(([, version]) => version !== undefined)
    .map(([name, version]) => `${CONTENDERS[name]!.title} (${version})`);
  return ["Versions:", ...names.map((name) => name.slice(4)), ...told]
    .map((item, i) => i === 0 ? `${item}\n` : `- ${item}`).join("\n");
}
