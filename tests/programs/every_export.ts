/**
 * Uses every export of the package, without any permission. What is not as it
 * should be throws; `tests/exports_test.ts` runs it.
 */

import {
  type Actor,
  type ActorClass,
  ActorDeadError,
  ActorEvent,
  type ActorEventInit,
  type ActorEventType,
  type ActorProxy,
  type ActorRef,
  ActorRegistry,
  ActorSystem,
  type ActorSystemOptions,
  AsyncResult,
  type AsyncResultState,
  type Attributes,
  DeadlockError,
  type DeathReason,
  EventedActor,
  EventedFuture,
  Future,
  type Futures,
  getAll,
  type GetHook,
  type GetOptions,
  type HiddenName,
  InvalidStateError,
  type IsReadonly,
  type Listener,
  type Logger,
  type MessageOf,
  type ProxyMember,
  type ProxyMembers,
  type ProxyMethod,
  type PublicName,
  Registry,
  type ReplyOf,
  Reporter,
  Timeout,
  type Traversable,
  traversable,
  type traversableMarker,
} from "@dekka/actors";

type Message = "get" | "self" | "fail" | { add: number };

class Counter extends EventedActor<Message, number> {
  count: number;
  readonly notes: { last: string } & Traversable = traversable({ last: "-" });

  constructor(count: number) {
    super();
    this.count = count;
  }

  override onReceive(message: Message): number | Promise<number> {
    if (message === "fail") throw new RangeError("as told");
    if (message === "self") return this.askSelf();
    if (message !== "get") this.add(message.add);
    return this.count;
  }

  add(by: number): number {
    this.notes.last = `added ${by}`;
    return this.count += by;
  }

  async askSelf(): Promise<number> {
    const self: ActorRef<Counter> = this.actorRef;
    return await self.ask("get");
  }
}

await references();
await proxies();
await futures();
await asyncResults();
await registries();
await failures();
console.log("every export works");

async function references(): Promise<void> {
  const kind: ActorClass<Counter> = Counter;
  await using ref: ActorRef<Counter> = Counter.start(1);
  const message: MessageOf<Counter> = { add: 2 };
  const reply: ReplyOf<Counter> = await ref.ask(message);
  equal(reply, 3);
  equal(ref.actorClass, kind);
  const attribute: keyof Attributes<Counter> = "count";
  const isReadonly: IsReadonly<Counter, "notes"> = true;
  await ref.set(attribute, 7);
  equal([await ref.ask("get"), isReadonly], [7, true]);
}

async function proxies(): Promise<void> {
  await using ref = Counter.start(1);
  const proxy: ActorProxy<Counter> = ref.proxy();
  const add: ProxyMethod<[number], number> = proxy.add;
  const notes: ProxyMembers<Counter["notes"]> = proxy.notes;
  const count: ProxyMember<number> = proxy.count;
  add.defer(2);
  equal([await count, await add(3), await notes.last], [1, 6, "added 3"]);
  const shown: PublicName<"add" | "_private" | HiddenName> = "add";
  const marked: Record<typeof traversableMarker, true> = traversable({});
  equal([shown, typeof marked], ["add", "object"]);
}

async function futures(): Promise<void> {
  const hook: GetHook<number> = () => 4;
  const options: GetOptions = { timeout: 1000 };
  const four: Future<number> = new EventedFuture<number>();
  four.setGetHook(hook);
  const five = EventedFuture.from(Promise.resolve(5));
  const both: Futures<[number, number]> = [four, five];
  equal(await getAll(both, options), [4, 5]);
  equal(four instanceof Future, true);
}

async function asyncResults(): Promise<void> {
  const result = new AsyncResult<number>();
  const state: AsyncResultState = result.state;
  await rejects(() => result.get({ timeout: 0 }), Timeout);
  result.set(1);
  equal([state, result.state, await result], ["pending", "fulfilled", 1]);
  await rejects(() => Promise.try(() => result.set(2)), InvalidStateError);
}

async function registries(): Promise<void> {
  await using ref = Counter.start(1);
  equal(ActorRegistry instanceof Registry, true);
  equal(ActorRegistry.getByClass(Counter), [ref]);
  const types: ActorEventType[] = [];
  const lines: unknown[] = [];
  const options: ActorSystemOptions = { logger: recorder(lines) };
  {
    await using system = new ActorSystem(options);
    system.addEventListener("stopped", ({ type }) => types.push(type));
    const inside: ActorRef<Actor> = system.start(Counter, 1);
    equal(ActorRegistry.getByUrn(inside.actorUrn), undefined);
  }
  const init: ActorEventInit = { actorRef: ref, count: 2 };
  equal(new ActorEvent("deadletter", init).count, 2);
  equal(types, ["stopped"]);
  equal(lines.length > 0, true);
}

async function failures(): Promise<void> {
  const ref = Counter.start(1);
  await rejects(() => ref.ask("fail"), RangeError);
  await rejects(() => ref.ask("self"), DeadlockError);
  await ref.stop();
  const error = await rejects(() => ref.ask("get"), ActorDeadError);
  const reason: DeathReason = error.reason;
  equal(reason, "stopped");
}

function recorder(lines: unknown[]): Logger {
  const write = (...data: unknown[]) => void lines.push(data);
  return { debug: write, info: write, warn: write, error: write };
}

function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [actual, expected].map(describe);
  if (found !== wanted) throw new Error(`${found} is not ${wanted}`);
}

function describe(value: unknown): string {
  return Array.isArray(value) ? value.map(describe).join() : String(value);
}

async function rejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any -- `unknown` would refuse most constructors
  errorClass: new (...args: any[]) => E,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    if (error instanceof errorClass) return error;
    throw error;
  }
  throw new Error(`no ${errorClass.name}`);
}

const onEvent: Listener = () => {};
ActorSystem.default.addEventListener("stuck", onEvent);
if (!(ActorSystem.default instanceof Reporter)) throw new Error("no reporter");
