/**
 * What does not hold for actors whose messages cross as they do between threads.
 *
 * @module
 */

const COPIES = "messages are copies";
const CLONED = "such a message cannot be cloned";
const LATER = "the actor is constructed after start() has returned";
const PROTOTYPE =
  "what a name is, is decided from the prototype of the class, and the rest is read";
const ASYNC = "what the asker gets of a kill, it gets a turn later";
const INSIDE = "it replaces the insides of a mailbox";

function because(reason: string, ...names: string[]): [string, string][] {
  return names.map((name) => [name, reason]);
}

/** The tests that do not hold, each with its reason. */
export const EXEMPT: Readonly<Record<string, string>> = Object.fromEntries([
  ...because(
    COPIES,
    "ActorRef.ask() fails with the very exception object of the handler",
    "ActorRef.ask() passes the message and the reply themselves",
    "ActorRef.tell() passes the message itself",
  ),
  ...because(
    CLONED,
    "ActorRef.tell() passes a message without looking into it",
    "ActorRef.tell() takes symbols and functions as messages",
  ),
  ...because(
    LATER,
    "inspectActors() shows an actor that has not begun to start",
    "testSystem() fails when an actor has not begun to start",
    "Actor is not constructed by the way, in the constructor of another (before super())",
    "Actor is not constructed by the way, in the constructor of another (constructor)",
    "Actor that kills itself in its constructor is dead when start() returns",
    "Actor.onStart() comes before what the constructor sent to its own actor",
    "Actor.onStart() runs after start() and before the first message",
    "Actor.start() fails what a constructor that throws has asked of its own actor",
    "Actor.start() that starts actors without end throws, and leaves nothing",
    "Actor.start() goes on when a start in the constructor throws",
    "Actor.start() harms no later start by a constructor that throws",
    "Actor.start() throws the very exception of the constructor and registers nothing",
    "ActorSystem.start() throws what the constructor throws, and registers nothing",
    "Registry does not know an actor whose constructor threw",
    "Registry finds actors as soon as they are started, and not before",
  ),
  ...because(
    PROTOTYPE,
    "ActorProxy answers at once what a name is, also of a busy actor",
    "ActorProxy can be awaited, compared, printed and listed without a message",
    "ActorProxy decides from the live object what a name is",
    "ActorProxy does not take what it said before for granted",
    "ActorProxy equals another of the same actor and path, and no other",
    "ActorProxy has no then, toJSON, constructor or symbols, whatever the actor declares",
    "ActorProxy is inspected as its class, URN and path",
    "ActorProxy of an ended actor has methods and futures that fail",
    "ActorProxy refuses assignment, and says what to do instead",
    "ActorProxy says by in which names there are",
    "ActorProxy throws a TypeError for a name that the actor lacks",
    "ActorRef.proxy() throws for names that are not there, and the actor lives on",
    "Mailbox.kindOf() says what a name is, from the live object",
    "ProxyMethod asks the actor to run the method",
    "ProxyMethod needs no receiver and is the same each time",
    "ProxyMethod.defer() tells the actor to run the method",
    "ProxyMethod.defer() throws ActorDeadError when the actor has ended",
    "traversable() lets a proxy reach the members of a member",
    "traversable() shows no more than the actor itself would",
  ),
  ...because(
    ASYNC,
    "testSystem() fails once, and does not log asks that it killed",
  ),
  ...because(
    INSIDE,
    "Registry does not learn the URN of an actor that it has forgotten",
    "Mailbox.knownUrn is there when somebody has read the URN",
    "Registry looks at no other actors than those that it finds",
  ),
]);

const PARALLEL = "the actor goes on while the test sends";
const INNER = "its class is made in the test, where no module exports it";
const HERE =
  "the registry of a Worker's thread lists the actors of that thread";
const CLOCK = "a faked clock does not rule another thread";
const THERE = "its failures are collected on the other thread";

/** What does not hold besides where the actors run on another thread. */
export const EXEMPT_ON_WORKERS: Readonly<Record<string, string>> = {
  ...EXEMPT,
  ...Object.fromEntries([
    ...because(
      PARALLEL,
      "ActorRef.kill() counts once",
      "ActorSystem.logger gets a few lines of an actor at a time, and how many were held back",
      "Inbox lets what was given up go, and keeps the order of the rest",
      "Inbox of an actor that ends is counted once, with its first message",
      "Mailbox.cancel() gives up what has not begun, and it is never handled",
    ),
    ...because(
      INNER,
      "ActorRef.set() refuses what cannot be changed in a frozen actor",
    ),
    ...because(
      CLOCK,
      "ActorRef.kill() of a stuck actor: it is not reported again",
      "ActorRef.kill() of one: the others are reported as ever",
    ),
    ...because(
      "inspectActors() sees the actors of its own thread only",
      "Handling counts messages and failures, and no hooks",
    ),
    ...because(
      HERE,
      "DeadlockError is not thrown to who asks an actor back that gave its stopAll() up",
      "DeadlockError is thrown where stopAll() would wait for its caller",
      "DeadlockError is thrown to who asks an actor that awaits stopAll()",
      "DeadlockError is thrown to who asks an actor whose stopAll() will come to it",
    ),
    ...because(
      THERE,
      "ActorSystem names the asker of a failure that nobody has read",
      "ActorSystem names the asker of an ask that failed unread",
      "ActorSystem takes a delegated failure for read, and reports the reply",
    ),
  ]),
};
