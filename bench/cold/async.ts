import { EventedActor } from "../../mod.ts";

class Counter extends EventedActor<number, number> {
  count = 0;

  override async onReceive(n: number): Promise<number> {
    await null;
    return this.count += n;
  }
}

await Counter.start().ask(1);
