/**
 * A module with an actor of its own on each thread that loads it, which must
 * not keep the program from its end.
 */
import { EventedActor } from "@dekka/actors";
import { WorkerActor, workers } from "@dekka/actors/worker";

class Log extends EventedActor<number, number> {
  sum = 0;
  override onReceive(n: number): number {
    return this.sum += n;
  }
}
const log = Log.start();

export class Writer extends WorkerActor<number, number> {
  static override readonly module: string = import.meta.url;
  override async onReceive(n: number): Promise<number> {
    return await log.ask(n);
  }
}

if (import.meta.main) {
  log.tell(10);
  const writer = Writer.start();
  console.log(await writer.ask(1), await writer.ask(1), await log.ask(1));
  await writer.stop();
  console.log("Workers:", workers.running);
}
