/**
 * Random programs.
 *
 * @module
 */
import fc from "fast-check";
import type {
  Ending,
  Life,
  Limit,
  Program,
  Step,
  Via,
  Work,
} from "./program.ts";

const VIAS: Via[] = [
  "tell",
  "tell",
  "defer",
  "ask",
  "ask",
  "ask",
  "call",
  "call",
  "callAsync",
  "write",
  "read",
  "readFailing",
  "badName",
  "badWrite",
];

const ACTORS = 6;

const pause = fc.record({
  do: fc.constant("pause" as const),
  how: fc.constantFrom("micro", "micro", "macro", "sleep"),
  count: fc.integer({ min: 1, max: 6 }),
});

const limit: fc.Arbitrary<Limit> = fc.oneof(
  fc.record({
    kind: fc.constant("timeout" as const),
    timeout: fc.constantFrom(0, 1, 3, 8, Infinity, -1, NaN),
  }),
  fc.record({
    kind: fc.constant("signal" as const),
    after: fc.integer({ min: -1, max: 6 }),
  }),
  fc.record({ kind: fc.constant("own" as const) }),
);

const to = fc.nat({ max: ACTORS });

const use = fc.constantFrom(
  "leave" as const,
  "await" as const,
  "await" as const,
  "get" as const,
  "getUnawaited" as const,
  "getTimed" as const,
);

const idle: Work = { later: false, steps: [], ending: { kind: "value" } };

const { step, life } = fc.letrec<
  { work: Work; step: Step; life: Life; ending: Ending; send: Step }
>((tie) => ({
  work: fc.oneof(
    { depthSize: "medium", depthIdentifier: "work" },
    { arbitrary: fc.constant(idle), weight: 1 },
    {
      arbitrary: fc.record({
        later: fc.boolean(),
        steps: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "work" }),
        ending: tie("ending"),
      }),
      weight: 3,
    },
  ),
  ending: fc.oneof(
    { arbitrary: fc.constant({ kind: "value" }), weight: 6 },
    { arbitrary: fc.constant({ kind: "throw" }), weight: 3 },
    { arbitrary: fc.constant({ kind: "throwUndefined" }), weight: 1 },
    { arbitrary: fc.constant({ kind: "hang" }), weight: 1 },
    {
      arbitrary: fc.record({
        kind: fc.constant("delegate"),
        to: fc.constantFrom(
          "ask",
          "ask",
          "ask",
          "mapped",
          "mappedHangs",
          "joined",
          "done",
          "failed",
          "promise",
          "promiseFails",
          "promiseNever",
          "hand",
          "handMapped",
        ),
        send: tie("send"),
      }),
      weight: 4,
    },
  ) as fc.Arbitrary<Ending>,
  send: fc.record({
    do: fc.constant("send"),
    to,
    via: fc.constantFrom(...VIAS),
    limit: fc.option(limit, { nil: undefined, freq: 2 }),
    use,
    work: tie("work"),
  }) as fc.Arbitrary<Step>,
  step: fc.oneof(
    { depthSize: "medium", depthIdentifier: "work" },
    { arbitrary: pause, weight: 3 },
    { arbitrary: tie("send"), weight: 8 },
    {
      arbitrary: fc.record({
        do: fc.constant("gather"),
        sends: fc.array(tie("send"), {
          minLength: 1,
          maxLength: 3,
          depthIdentifier: "work",
        }),
        how: fc.constantFrom(
          "all",
          "race",
          "allSettled",
          "getAll",
          "getAllTimed",
          "join",
          "map",
        ),
        wait: fc.boolean(),
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({ do: fc.constant("start"), life: tie("life") }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        do: fc.constantFrom("stop", "stop", "stopped", "kill"),
        to,
        use,
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        do: fc.constantFrom(
          "stopSelf",
          "stopSelf",
          "killSelf",
          "stopAll",
          "dispose",
        ),
        use,
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        do: fc.constant("settle"),
        nth: fc.nat({ max: 2 }),
        fails: fc.boolean(),
      }),
      weight: 2,
    },
  ) as fc.Arbitrary<Step>,
  life: fc.record({
    kind: fc.constantFrom("Plain", "Plain", "Plain", "Async", "Async", "Mute"),
    construct: fc.oneof(
      { arbitrary: fc.constant([]), weight: 5 },
      {
        arbitrary: fc.array(tie("step"), {
          maxLength: 2,
          depthIdentifier: "work",
        }),
        weight: 1,
      },
    ),
    constructFails: fc.oneof(
      { arbitrary: fc.constant(false), weight: 12 },
      { arbitrary: fc.boolean(), weight: 1 },
    ),
    onStart: hook(tie("work")),
    onStop: hook(tie("work")),
    onFailure: hook(tie("work")),
  }) as fc.Arbitrary<Life>,
}));

function hook(work: fc.Arbitrary<unknown>): fc.Arbitrary<Work | undefined> {
  return fc.oneof(fc.constant(undefined), work as fc.Arbitrary<Work>);
}

/** Programs that start actors, let them talk, and end them. */
export const program: fc.Arbitrary<Program> = fc.record({
  detectDeadlocks: fc.constantFrom(true, true, true, false),
  impatient: fc.boolean(),
  actors: fc.array(life, { minLength: 1, maxLength: 4 }),
  threads: fc.array(
    fc.record({
      later: fc.constant(true),
      steps: fc.array(step, { minLength: 1, maxLength: 12, size: "+1" }),
      ending: fc.constant({ kind: "value" as const }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  schedule: fc.array(pause, { maxLength: 12 }),
}) as fc.Arbitrary<Program>;
