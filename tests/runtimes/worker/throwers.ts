/**
 * An actor that throws errors of a class which another module of actors exports
 * as well.
 *
 * @module
 */
import { WorkerActor } from "@dekka/actors/worker";
import { OddError } from "./actors.ts";

export { OddError } from "./actors.ts";

export class Thrower extends WorkerActor<string | Error, boolean> {
  static override readonly module: string = import.meta.url;
  static override readonly dedicated: boolean = true;

  override onReceive(what: string | Error): boolean {
    if (typeof what === "string") throw new OddError(what);
    return what instanceof OddError;
  }
}
