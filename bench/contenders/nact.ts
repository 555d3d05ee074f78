/**
 * nact: stateful actors, `dispatch()` and `query()`.
 *
 * @module
 */
import nact from "nact";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

// Its types do not know the context that its own guide uses.
interface Reference {
  readonly path: unknown;
}
interface Context {
  sender: Reference;
}
type Handler<State, Message> = (
  state: State,
  message: Message,
  context: Context,
) => State | Promise<State>;
interface Nact {
  start(): Reference;
  spawn<State, Message>(
    parent: Reference,
    handler: Handler<State, Message>,
    name: string | undefined,
    options: { initialState: State; onCrash?: (...args: never[]) => unknown },
  ): Reference;
  dispatch(actor: Reference, message: unknown, sender?: Reference): void;
  query<Reply>(
    actor: Reference,
    message: unknown,
    milliseconds: number,
  ): Promise<Reply>;
  stop(actor: Reference): void;
}

const { start, spawn, dispatch, query, stop } = nact as unknown as Nact;

/**
 * Every query must have a limit. Some reach it: the temporary references that
 * replies go to have random numbers, and two in flight may get the same one.
 */
const LIMIT = 10_000;

const system = start();
let names = 0;

function spawnCounter(): Reference {
  return spawn<number, { n: number; ask?: boolean }>(
    system,
    (count, { n, ask }, { sender }) => {
      const next = count + n;
      if (ask) dispatch(sender, next);
      return next;
    },
    `counter-${names++}`,
    { initialState: 0 },
  );
}

function ask(actor: Reference, n: number): Promise<number> {
  return query(actor, { n, ask: true }, LIMIT);
}

async function askOneByOne(actor: Reference, size: number): Promise<void> {
  let last = 0;
  for (let i = 0; i < size; i++) last = await ask(actor, 1);
  check(last, size);
  stop(actor);
}

function stopAll(actors: Iterable<Reference>): void {
  for (const actor of actors) stop(actor);
}

const contender: Contender = {
  "tell": async (size, measured) => {
    await measured(async () => {
      const actor = spawnCounter();
      for (let i = 0; i < size; i++) dispatch(actor, { n: 1 });
      check(await ask(actor, 0), size);
      stop(actor);
    });
  },
  "ask": (size, measured) => measured(() => askOneByOne(spawnCounter(), size)),
  "ask-async": async (size, measured) => {
    const actor = spawn<number, { n: number }>(
      system,
      // deno-lint-ignore require-await -- asynchronous is what is measured
      async (count, { n }, { sender }) => {
        dispatch(sender, count + n);
        return count + n;
      },
      `async-${names++}`,
      { initialState: 0 },
    );
    await measured(() => askOneByOne(actor, size));
  },
  "flight": async (size, measured) => {
    const actor = spawnCounter();
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) asks.push(ask(actor, 1));
      check((await Promise.all(asks)).at(-1), size);
    });
    stop(actor);
  },
  "start": async (size, measured) => {
    const actors: Reference[] = [];
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) {
        const actor = spawnCounter();
        actors.push(actor);
        asks.push(ask(actor, 1));
      }
      let sum = 0;
      for (const reply of await Promise.all(asks)) sum += reply;
      check(sum, size);
    });
    stopAll(actors);
  },
  "ring": async (size, measured) => {
    const done = Promise.withResolvers<number>();
    const ring = Array.from({ length: RING }, (_, i) =>
      spawn<number, number>(
        system,
        (seen, left): number => {
          if (left > 0) dispatch(ring[(i + 1) % RING]!, left - 1);
          else done.resolve(i);
          return seen + 1;
        },
        `ring-${names++}`,
        { initialState: 0 },
      )) as Reference[];
    await measured(async () => {
      dispatch(ring[0]!, size);
      check(await done.promise, size % RING);
    });
    stopAll(ring);
  },
  "fan-in": async (size, measured) => {
    const done = Promise.withResolvers<number>();
    const share = size / SENDERS;
    const sink = spawn<number[], number>(
      system,
      (reports, n) => {
        const next = [...reports, n];
        if (next.length === SENDERS) done.resolve(next.reduce((a, b) => a + b));
        return next;
      },
      `sink-${names++}`,
      { initialState: [] },
    );
    const senders = Array.from({ length: SENDERS }, () =>
      spawn<number, number>(
        system,
        (count, n) => {
          const next = count + n;
          if (next === share) dispatch(sink, next);
          return next;
        },
        `sender-${names++}`,
        { initialState: 0 },
      ));
    await measured(async () => {
      for (let i = 0; i < size; i++) dispatch(senders[i % SENDERS]!, 1);
      check(await done.promise, size);
    });
    stopAll([sink, ...senders]);
  },
  "throw": async (size, measured) => {
    // A query is answered by its actor only: an error is sent as a message.
    const actor = spawn<number, number>(
      system,
      (seen, n, { sender }) => {
        try {
          throw new RangeError(`refused ${n}`);
        } catch (error) {
          dispatch(sender, { error });
        }
        return seen + 1;
      },
      `thrower-${names++}`,
      { initialState: 0 },
    );
    let caught = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) {
        try {
          throw (await query<{ error: unknown }>(actor, i, LIMIT)).error;
        } catch (error) {
          if (error instanceof RangeError) caught++;
        }
      }
    });
    check(caught, size);
    stop(actor);
  },
  "heap": async (size, measured) => {
    const actors = new Array<Reference>(size);
    await measured(() => {
      for (let i = 0; i < size; i++) actors[i] = spawnCounter();
    });
    check(await ask(actors[size - 1]!, 1), 1);
  },
};

export default contender;
