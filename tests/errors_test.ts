import {
  ActorDeadError,
  DeadlockError,
  type DeathReason,
  InvalidStateError,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertStrictEquals,
  test,
} from "./test.ts";

const urn = "urn:uuid:1";

const ERRORS = {
  ActorDeadError: new ActorDeadError("words", {
    actorUrn: urn,
    reason: "stopped",
  }),
  Timeout: new Timeout("words", 100),
  InvalidStateError: new InvalidStateError("words"),
  DeadlockError: new DeadlockError("words", ["A.a", "B.b", "A.a"]),
};

for (const [name, error] of Object.entries(ERRORS)) {
  test(`${name} is an Error with its message and its name`, () => {
    assertInstanceOf(error, Error);
    assertEquals([error.name, error.message], [name, "words"]);
    assertEquals(String(error), `${name}: words`);
    assertEquals(Object.prototype.toString.call(error), "[object Error]");
  });

  test(`${name} begins its stack with its name`, () => {
    assert(error.stack?.startsWith(`${name}: words`), error.stack);
  });

  test(`${name} does not show its name as a field`, () => {
    for (const field in error) assertNotEquals(field, "name");
    assertEquals(JSON.stringify(error).includes("name"), false);
  });

  test(`${name} is told from the others by its class`, () => {
    const classes = [ActorDeadError, Timeout, InvalidStateError, DeadlockError];
    const matching = classes.filter((one) => error instanceof one);
    assertEquals(matching.map((one) => one.name), [name]);
  });

  test(`${name} can be subclassed, and keeps its name`, () => {
    const Base = error.constructor as new (...args: unknown[]) => Error;
    class Special extends Base {}
    const special = new Special("words", { actorUrn: urn, reason: "lost" });
    assertInstanceOf(special, Base);
    assertEquals(special.name, name);
  });
}

test("ActorDeadError says which actor and why", () => {
  const reasons: DeathReason[] = [
    "stopped",
    "killed",
    "failed",
    "start-failed",
    "lost",
  ];
  for (const reason of reasons) {
    const error = new ActorDeadError("words", { actorUrn: urn, reason });
    assertEquals([error.actorUrn, error.reason], [urn, reason]);
  }
});

test("ActorDeadError has the cause that it was given", () => {
  const cause = new RangeError("no");
  const error = new ActorDeadError("words", {
    actorUrn: urn,
    reason: "failed",
    cause,
  });
  assertStrictEquals(error.cause, cause);
});

test("ActorDeadError has a cause that is undefined if something threw that", () => {
  const options = {
    actorUrn: urn,
    reason: "failed",
    cause: undefined,
  } as const;
  assert("cause" in new ActorDeadError("words", options));
});

test("ActorDeadError has no cause if there was none", () => {
  assertEquals("cause" in ERRORS.ActorDeadError, false);
});

test("Timeout says how long the wait was", () => {
  assertEquals(ERRORS.Timeout.timeout, 100);
});

test("DeadlockError has the circle, from the asker back to itself", () => {
  assertEquals(ERRORS.DeadlockError.path, ["A.a", "B.b", "A.a"]);
});
