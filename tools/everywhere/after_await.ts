/**
 * The tests of circles of waits that are seen only where an actor is known after
 * its first `await`: where there is an `AsyncLocalStorage`.
 */
export const AFTER_AWAIT: readonly string[] = [
  "DeadlockError fails only the delegation where the future is somebody else's",
  "DeadlockError fails only the wait for an actor whose onStop() waits",
  "DeadlockError fails only the wait where the ask belongs to another turn",
  "DeadlockError is not thrown for a wait that failed with it before",
  "DeadlockError is thrown after several awaits",
  "DeadlockError is thrown in a handler that was seen to return a promise",
  "DeadlockError is thrown to onFailure() that asks who awaits the end",
  "DeadlockError is thrown to onStart() that asks its own actor",
  "DeadlockError is thrown to onStart() that asks who waits for the actor",
  "DeadlockError is thrown to onStop() that asks who awaits the stop",
  "DeadlockError is thrown to onStop() that awaits the end of its own actor",
  "DeadlockError is thrown to one of several that wait for an end before they are known to be asynchronous",
  "DeadlockError is thrown to who asks an actor that awaits its stop()",
  "DeadlockError is thrown to who asks an actor that awaits its stopped",
  "DeadlockError is thrown to who asks an actor that awaits stopAll()",
  "DeadlockError is thrown to who asks an actor whose stopAll() will come to it",
  "DeadlockError is thrown to who began in what others had left behind",
  "DeadlockError is thrown to who closes a circle with the ask of another turn in it",
  "DeadlockError is thrown where an actor waits by a get hook",
  "DeadlockError is thrown where an actor waits by filter()",
  "DeadlockError is thrown where an actor waits by join()",
  "DeadlockError is thrown where an actor waits by map()",
  "DeadlockError is thrown where an actor waits by map() of map()",
  "DeadlockError is thrown where an actor waits by reduce()",
  "DeadlockError is thrown where an ask has a signal, which need not abort",
  "DeadlockError is thrown where stopAll() would wait for its caller",
  "DeadlockError names onReceive in circles of messages",
  "Delegations that a hook gives up leave later circles to be found",
];
