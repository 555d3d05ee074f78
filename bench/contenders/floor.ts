/**
 * The mailbox that a user would write by hand.
 *
 * @module
 */
import { FloorActor, floorProxy } from "../floor.js";
import type { Contender } from "../protocol.ts";
import { handWritten, type MailboxProxy } from "./hand_written.ts";
import type { MailboxClass } from "./mailbox.ts";

const floor: Contender = handWritten(
  FloorActor as unknown as MailboxClass,
  floorProxy as unknown as MailboxProxy,
);

export default floor;
