/**
 * Comes to its end while actors are in the midst of something; nothing of the
 * library may keep the process from ending: `ways_to_leave.ts <case>`.
 */
import {
  ActorRegistry,
  ActorSystem,
  EventedActor,
  EventedFuture,
  getAll,
} from "@dekka/actors";

/** Longer than anybody waits for the process. */
const LONG = 3_600_000;

class Worker extends EventedActor<string, unknown> {
  override onReceive(message: string): unknown {
    return message === "hang" ? new Promise(() => {}) : message;
  }
}

class StartHangs extends Worker {
  override onStart(): Promise<void> {
    return new Promise(() => {});
  }
}

class StopHangs extends Worker {
  override onStop(): Promise<void> {
    return new Promise(() => {});
  }
}

const cases: Record<string, () => unknown> = {
  "an actor that waits for messages"() {
    Worker.start();
  },
  async "an actor that has handled messages"() {
    const worker = Worker.start();
    worker.tell("first");
    await worker.ask("second");
  },
  "messages that wait"() {
    const worker = Worker.start();
    for (let i = 0; i < 100_000; i++) worker.tell("again");
  },
  async "a handler that hangs"() {
    const worker = Worker.start();
    worker.ask("hang");
    worker.ask("waits");
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
  async "a hook that hangs"() {
    StartHangs.start().ask("waits");
    StopHangs.start().stop();
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
  async "an ask that was settled before its deadline"() {
    await Worker.start().ask("hello", { timeout: LONG });
  },
  async "an ask that failed before its deadline"() {
    const worker = Worker.start();
    const asked = worker.ask("hang", { timeout: LONG });
    worker.kill();
    await asked.catch(() => {});
  },
  async "waits that ended before their deadlines"() {
    const worker = Worker.start();
    await worker.ask("hello").get({ timeout: LONG });
    await getAll([worker.ask("hello")], { timeout: LONG });
    const future = new EventedFuture<string>();
    const waits = [
      future.get({ timeout: LONG }),
      future.asyncResult.get({ timeout: LONG }),
      future.asyncResult.wait({ timeout: LONG }),
    ];
    future.set("hello");
    await Promise.all(waits);
  },
  async "a wait that was aborted"() {
    const { signal } = new AbortController();
    const aborted = AbortSignal.abort("enough");
    const future = new EventedFuture<string>();
    await future.get({ timeout: LONG, signal: aborted }).catch(() => {});
    const controller = new AbortController();
    const waited = future.get({ timeout: LONG, signal: controller.signal });
    controller.abort("enough");
    await waited.catch(() => {});
    Worker.start().ask("hang", { signal });
  },
  async "a registry that was stopped in time"() {
    Worker.start();
    await ActorRegistry.stopAll({ timeout: LONG });
  },
  async "a system that was disposed of"() {
    await using system = new ActorSystem();
    await system.start(Worker).ask("hello");
  },
  async "failures that nobody reads"() {
    new EventedFuture().setException(new Error("unread"));
    await Worker.start().ask("hello");
  },
};

const [name] = Deno.args;
if (name === undefined) console.log(Object.keys(cases).join("\n"));
else {
  await cases[name]!();
  console.log("the last line");
}
