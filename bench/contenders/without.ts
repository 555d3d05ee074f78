/**
 * Dekka without what a row measures the cost of: asks without a deadline, and a
 * system that does not look for deadlocks.
 *
 * @module
 */
import { ActorSystem } from "../../mod.ts";
import type { Contender } from "../protocol.ts";
import dekka from "./dekka.ts";

ActorSystem.default.detectDeadlocks = false;

const contender: Contender = {
  "deadline": dekka["flight"]!,
  "detect": dekka["detect"]!,
  "detect-async": dekka["detect-async"]!,
  "detect-nested": dekka["detect-nested"]!,
  "detect-delegate": dekka["detect-delegate"]!,
};

export default contender;
