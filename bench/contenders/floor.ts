/**
 * The mailbox that a user would write by hand.
 *
 * @module
 */
import { FloorActor, floorProxy } from "../floor.js";
import type { Contender } from "../protocol.ts";
import {
  type MailboxClass,
  mailboxContender,
  type MailboxProxy,
} from "./mailbox.ts";

const floor: Contender = mailboxContender(
  FloorActor as unknown as MailboxClass,
  floorProxy as unknown as MailboxProxy,
);

export default floor;
