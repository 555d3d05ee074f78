/**
 * The systems of actors in a Worker, which stand for those of the program.
 */
import { widen } from "../../registry.ts";
import { ActorSystem } from "../../system.ts";
import { elsewhereOf } from "./entry_registry.ts";
import { forwardEvents, loggerOf } from "./entry_reports.ts";
import { mirrors, type Settings } from "./start.ts";

const DEFAULT: Settings = {
  system: 0,
  levels: ["warn", "error"],
  detectDeadlocks: true,
  stuckAfter: 10_000,
};

// Who keeps an actor keeps its system.
const systems = new WeakSet<ActorSystem>();

function mirror(system: ActorSystem): void {
  if (systems.has(system)) return;
  systems.add(system);
  widen(system.registry, elsewhereOf(system));
  forwardEvents(system);
}

/** Lets all systems write, emit and look for actors where the program does. */
export function mirrorSystems(): void {
  ActorSystem.default.logger = loggerOf(DEFAULT);
  mirror(ActorSystem.default);

  mirrors.create = (settings) => {
    const { detectDeadlocks, stuckAfter } = settings;
    const logger = loggerOf(settings);
    const system = new ActorSystem({ logger, detectDeadlocks, stuckAfter });
    mirror(system);
    return system;
  };
  mirrors.update = (system, settings) => {
    system.logger = loggerOf(settings);
    system.detectDeadlocks = settings.detectDeadlocks;
  };
}
