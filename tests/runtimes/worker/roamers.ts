/**
 * Actors that visit each other along random routes, on several threads.
 *
 * @module
 */
import { type ActorRef, EventedActor, type Future } from "@dekka/actors";
import { WorkerActor } from "@dekka/actors/worker";

/** One visit, and how it is made. */
export interface Step {
  /** Which of the actors. */
  readonly to: number;
  readonly how:
    | "ask"
    | "delegate"
    | "later"
    | "both"
    | "tell"
    | "stop"
    | "stopped"
    | "throw";
}

/** Where a visit goes on, and whom it knows. */
export interface Visit {
  readonly id: string;
  readonly route: readonly Step[];
  readonly others: readonly ActorRef<Roaming>[];
  /** Is told of each ask, and of its outcome. */
  readonly notes: ActorRef<NoteTaker>;
}

/** Keeps a list. */
export interface NoteTaker extends EventedActor<unknown, void> {
  read(): unknown[];
}

/** What all of them can do. */
export interface Roaming extends EventedActor<Visit, unknown> {
  visit(visit: Visit): unknown;
}

/** Goes on along a route. */
function roam(visit: Visit): unknown {
  const [step, ...route] = visit.route;
  if (step === undefined) return "end";
  const { to, how } = step;
  const next: Visit = { ...visit, id: `${visit.id}.${to}`, route };
  const ref = visit.others[to]!;
  switch (how) {
    case "throw":
      throw new RangeError("as told");
    case "delegate":
      return ask(ref, next);
    case "tell":
      return tell(ref, next);
    case "later":
      return later(ref, next);
    case "both":
      return both(ref, next);
    case "stop":
      return see(ref.stop(), next);
    case "stopped":
      return see(ref.stopped, next);
    default:
      return see(ask(ref, next), next);
  }
}

function ask(ref: ActorRef<Roaming>, next: Visit): Future<unknown> {
  const future = next.route.length % 2 === 0
    ? ref.ask(next)
    : ref.proxy().visit(next);
  note(next, "asked");
  const settled = () => note(next, "settled");
  future.then((_) => settled(), (_) => settled());
  return future;
}

function note({ id, notes }: Visit, what: "asked" | "settled"): void {
  notes.tell(`${what} ${id}`);
}

function tell(ref: ActorRef<Roaming>, next: Visit): string {
  if (ref.isAlive()) ref.tell({ ...next, route: next.route.slice(0, 1) });
  return "told";
}

async function see(future: Future<unknown>, next: Visit): Promise<string> {
  try {
    return String(await future);
  } catch (error) {
    if (next.route.length % 3 === 0) throw error;
    return String(error);
  }
}

async function later(ref: ActorRef<Roaming>, next: Visit): Promise<string> {
  const future = ask(ref, next);
  await new Promise((resolve) => setTimeout(resolve));
  return await see(future, next);
}

async function both(ref: ActorRef<Roaming>, next: Visit): Promise<string> {
  const after = next.others[
    (next.others.indexOf(ref) + 1) %
    next.others.length
  ]!;
  const second = { ...next, id: `${next.id}+` };
  const asks = [ask(ref, next), ask(after, second)];
  return String(await Promise.allSettled(asks));
}

/** One in a Worker. */
export class Roamer extends WorkerActor<Visit, unknown> {
  static override readonly module: string = import.meta.url;
  visit(visit: Visit): unknown {
    return roam(visit);
  }
  override onReceive(visit: Visit): unknown {
    return roam(visit);
  }
}

/** One beside the test. */
export class LocalRoamer extends EventedActor<Visit, unknown> {
  visit(visit: Visit): unknown {
    return roam(visit);
  }
  override onReceive(visit: Visit): unknown {
    return roam(visit);
  }
}
