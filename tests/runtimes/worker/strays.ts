/**
 * An actor that only actors in Workers start: the thread with the pool loads
 * this module when that has happened.
 *
 * @module
 */
import { WorkerActor } from "@dekka/actors/worker";

export abstract class Homeless extends WorkerActor<unknown, unknown> {}

export class Stray extends Homeless {
  static override readonly module: string = import.meta.url;
}
