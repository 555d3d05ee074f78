import * as dekka from "@dekka/actors";
import * as evented from "../runtimes/evented.ts";
import { assert, assertEquals, assertStrictEquals, test } from "./test.ts";

test("mod.ts exports the evented runtime with the core", () => {
  assertStrictEquals(dekka.EventedActor, evented.EventedActor);
  assertStrictEquals(dekka.EventedFuture, evented.EventedFuture);
  assertStrictEquals(dekka.AsyncResult, evented.AsyncResult);
  assert(dekka.EventedActor.prototype instanceof dekka.Actor);
  assert(dekka.EventedFuture.prototype instanceof dekka.Future);
});

test("mod.ts exports nothing of what only authors of runtimes need", () => {
  const inside = [
    "Cell",
    "Inbox",
    "fulfil",
    "mailboxOf",
    "createRef",
    "observe",
  ];
  assertEquals(inside.filter((name) => name in dekka), []);
});
