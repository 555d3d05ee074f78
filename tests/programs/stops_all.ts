/**
 * Stops all actors, those too that Workers have started for themselves, and
 * comes to its end: `stops_all.ts <main|worker>`.
 */
import { ActorRegistry } from "@dekka/actors";
import { Animal } from "../runtimes/worker/animals.ts";
import { Lodger, Shepherd } from "../runtimes/worker/shepherds.ts";

const [one, two] = [Shepherd.start(), Lodger.start()];
await one.proxy().start("Sheep", 2);
await two.proxy().start("Dog");
await two.proxy().start("Stray");
console.log("animals:", ActorRegistry.getByClass(Animal).length);
const all = ActorRegistry.getAll();
if (Deno.args[0] === "main") await ActorRegistry.stopAll();
else await two.proxy().stopAll();
for (const { stopped } of all) await stopped;
console.log("left:", ActorRegistry.getAll().length);
