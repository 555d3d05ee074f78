import { Doorstep, Lookout } from "../../../runtimes/worker/doorstep.ts";
import { assertEquals, testUnless } from "../../test.ts";

const MANY = 100_000;

const noMemory = typeof SharedArrayBuffer === "undefined" &&
  "it shares no memory";
const noDeno = typeof Deno === "undefined" && "its Worker is a module of Deno";

testUnless(noMemory, "Doorstep sends what nobody looks out for", async () => {
  const memory = new SharedArrayBuffer(1024);
  const sent: unknown[] = [];
  const doorstep = new Doorstep(memory, {
    postMessage: (...args) => sent.push(args),
  });
  const { buffer } = new Uint8Array(1);
  doorstep.postMessage("short");
  doorstep.postMessage([1, 2, 3], [buffer]);
  assertEquals(sent, [["short"], [[1, 2, 3], [buffer]]]);
  const lookout = new Lookout(memory);
  lookout.arrived();
  // The second is on its way: nobody waits for a third that would overtake it.
  await lookout.look(() => true, (post) => sent.push(post));
  doorstep.postMessage("third");
  Atomics.or(new Int32Array(memory), 0, 1); // as if somebody did
  doorstep.postMessage("long".repeat(1000));
  assertEquals(sent.length, 4);
});

testUnless(
  noDeno,
  "Lookout takes what is left on the doorstep, before what is sent",
  async () => {
    const memory = new SharedArrayBuffer(1024);
    const worker = new Worker(new URL("./sender.ts", import.meta.url), {
      type: "module",
    });
    const lookout = new Lookout(memory);
    const taken: unknown[] = [];
    const sent = new Promise<void>((resolve) => {
      worker.onmessage = ({ data }) => {
        lookout.arrived();
        if (taken.push(data) === 4) resolve();
      };
    });
    worker.postMessage(memory);
    for (let i = 0; taken.length < 3 && i < MANY; i++) {
      await lookout.look(() => true, (post) => taken.push(post));
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    await sent;
    assertEquals(taken, ["left", "also left", ["sent"], "sent"]);
    worker.terminate();
  },
);

testUnless(
  noMemory,
  "Lookout does not look while there is something else to do",
  async () => {
    const memory = new SharedArrayBuffer(1024);
    const words = new Int32Array(memory);
    let looked = 0;
    await new Lookout(memory).look(() => ++looked > 1, () => {});
    assertEquals([looked, words[0]], [1, 0]);
  },
);
