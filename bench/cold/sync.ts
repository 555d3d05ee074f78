import { EventedActor } from "../../mod.ts";

class Counter extends EventedActor<number, number> {
  count = 0;

  override onReceive(n: number): number {
    return this.count += n;
  }
}

await Counter.start().ask(1);
