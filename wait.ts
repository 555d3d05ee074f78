import {
  isReady,
  observe,
  type Observer,
  type Outcome,
  pass,
  unobserve,
} from "./outcome.ts";
import { type GetOptions, Patience } from "./timers.ts";

/** A wait with a limit. It leaves nothing behind when it ends. */
export class Wait<T> extends Patience implements Observer {
  /** What settles the promise of who waits. */
  readonly settlers: PromiseWithResolvers<T> = Promise
    .withResolvers<T>();

  /** @param outcome What is waited for. */
  constructor(readonly outcome: Outcome<T>) {
    super();
  }

  settled(): void {
    this.end();
    pass(this.outcome, this.settlers);
  }

  protected override describe(): string {
    return "Cannot get value of AsyncResult";
  }

  override giveUp(reason: unknown): void {
    unobserve(this.outcome, this);
    this.settlers.reject(reason);
  }
}

/**
 * Waits for an outcome, at most as long as the options allow.
 *
 * @param wait Who waits.
 * @param options How long to wait.
 * @returns A promise of the value.
 */
export function waitFor<T>(
  wait: Wait<T>,
  options: GetOptions = {},
): Promise<T> {
  const refusal = wait.refusal(options);
  if (refusal !== undefined) {
    wait.giveUp(refusal.reason);
  } else if (isReady(wait.outcome)) {
    wait.settled();
  } else {
    observe(wait.outcome, wait);
    wait.begin(options);
  }
  return wait.settlers.promise;
}
