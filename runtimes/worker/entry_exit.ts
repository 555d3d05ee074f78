/**
 * How a Worker ends: by what nobody has caught, or because its code says so.
 */
import { hub } from "./entry_links.ts";
import { scope } from "./entry_scope.ts";
import { textOf } from "./errors.ts";
import { Op } from "./link.ts";

// The Workers of Bun have no close(), and exit() ends no more than them there.
const close = scope.close?.bind(scope) ?? (() => scope.process?.exit());

/** Ends this Worker, and says why. */
function die(cause: unknown): void {
  try {
    hub.post(Op.DYING, 0, 0, cause);
  } catch {
    hub.post(Op.DYING, 0, 0, new Error(textOf(cause)));
  }
  hub.flush();
  close();
}

/** Ends this Worker: what a post held that has not come is waited for in vain. */
export function missPost(): void {
  die(new Error("The Worker could not read what was sent to it"));
}

interface ErrorLike {
  preventDefault(): void;
  error?: unknown;
  message?: string;
  reason?: unknown;
}

/** Lets the pool hear of the end of this Worker, whatever brings it about. */
export function tellOfEnd(): void {
  scope.addEventListener("error", (event: ErrorLike) => {
    event.preventDefault();
    // There is none where a Worker has failed that an actor has started itself.
    die(event.error ?? new Error(event.message));
  });
  scope.addEventListener("unhandledrejection", (event: ErrorLike) => {
    event.preventDefault();
    const { reason } = event;
    die(reason ?? new Error(`A promise was rejected with ${reason}`));
  });
  scope.addEventListener("messageerror", missPost);
  scope.close = () => die(new Error("The Worker was closed from inside"));
  if (scope.Deno !== undefined) {
    const { Deno } = scope;
    const exit = Deno.exit;
    Deno.exit = (code) => {
      die(new Error("The Worker has exited"));
      return exit(code);
    };
  }
}
