import server from "../examples/edge.ts";
import { assert, assertEquals, FakeTime, test } from "./test.ts";
import { type Program, startDeno } from "./process.ts";

/** The example, served as its doc says, without any permission. */
class Server implements AsyncDisposable {
  private constructor(readonly url: string, readonly program: Program) {}

  static async start(): Promise<Server> {
    const program = startDeno(
      "serve",
      "--no-prompt",
      "--host=127.0.0.1",
      "--port=0",
      "examples/edge.ts",
    );
    const [url] = await program.stderr.find(/http:\/\/127\.0\.0\.1:\d+/);
    return new Server(url, program);
  }

  async request(path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(this.url + path, init);
    const { status, headers } = response;
    assertEquals(headers.get("content-type"), "application/json");
    return { status, headers, json: await response.json() };
  }

  add(path: string, body: BodyInit): Promise<Answer> {
    return this.request(path, { method: "POST", body });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

interface Answer {
  status: number;
  headers: Headers;
  json: unknown;
}

test("examples/edge.ts counts by name", async () => {
  await using server = await Server.start();
  const first = await server.add("/counters/a", '{"add": 2}');
  assertEquals([first.status, first.json], [200, { name: "a", count: 2 }]);
  const other = await server.add("/counters/b-1", '{"add": -7}');
  assertEquals(other.json, { name: "b-1", count: -7 });
  const read = await server.request("/counters/a");
  assertEquals([read.status, read.json], [200, { name: "a", count: 2 }]);
});

test("examples/edge.ts handles requests that come at once one after another", async () => {
  await using server = await Server.start();
  const adds = Array.from(
    { length: 10 },
    () => server.add("/counters/a", '{"add": 1}'),
  );
  const answers = await Promise.all(adds);
  const counts = answers.map(({ json }) => (json as { count: number }).count);
  assertEquals(counts.toSorted((a, b) => a - b), [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
  ]);
});

test("examples/edge.ts answers 404 to what is not there", async () => {
  await using server = await Server.start();
  for (
    const path of [
      "/",
      "/counters",
      "/counters/",
      "/counters/A",
      "/counters/a/b",
      "/counters/%",
    ]
  ) {
    const { status, json } = await server.request(path);
    assertEquals([path, status, json], [path, 404, { error: "Not found" }]);
  }
  const { status, json } = await server.request("/counters/a");
  assertEquals([status, json], [404, { error: "No such counter" }]);
  const long = await server.add(`/counters/${"a".repeat(65)}`, '{"add": 1}');
  assertEquals(long.status, 404);
});

test("examples/edge.ts answers 405 to other methods, and says which it takes", async () => {
  await using server = await Server.start();
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await server.request("/counters/a", { method });
    assertEquals([method, answer.status], [method, 405]);
    assertEquals(answer.headers.get("allow"), "GET, POST");
    assertEquals(answer.json, { error: "Method not allowed" });
  }
});

test("examples/edge.ts answers 400 to a body that it cannot use", async () => {
  await using server = await Server.start();
  const notJson = await server.add("/counters/a", "add one");
  assertEquals([notJson.status, notJson.json], [400, {
    error: "Body must be JSON",
  }]);
  for (
    const body of [
      "null",
      "[]",
      "{}",
      '{"add":"1"}',
      '{"add":0.5}',
      '{"add":1e300}',
    ]
  ) {
    const { status, json } = await server.add("/counters/a", body);
    assertEquals([body, status, json], [body, 400, {
      error: 'Body must be like {"add": 1}',
    }]);
  }
  const none = await server.request("/counters/a", { method: "POST" });
  assertEquals(none.status, 400);
});

test("examples/edge.ts answers 400 where the actor refuses, and the actor lives on", async () => {
  await using server = await Server.start();
  const { MAX_SAFE_INTEGER } = Number;
  await server.add("/counters/a", `{"add": ${MAX_SAFE_INTEGER}}`);
  const refused = await server.add("/counters/a", '{"add": 1}');
  assertEquals([refused.status, refused.json], [
    400,
    { error: "Cannot add 1: the count would be inexact" },
  ]);
  const { json } = await server.request("/counters/a");
  assertEquals(json, { name: "a", count: MAX_SAFE_INTEGER });
});

test("examples/edge.ts answers 413 to a body that is too large, of known length or not", async () => {
  await using server = await Server.start();
  const fits = '{"add": 1}'.padEnd(1024);
  assertEquals((await server.add("/counters/a", fits)).status, 200);
  const tooLarge = '{"add": 1}'.padEnd(1025);
  for (const body of [tooLarge, inChunks(tooLarge)]) {
    const { status, json } = await server.add("/counters/a", body);
    assertEquals([status, json], [413, { error: "Body is too large" }]);
  }
  assertEquals((await server.request("/counters/a")).json, {
    name: "a",
    count: 1,
  });
});

function inChunks(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return ReadableStream.from([bytes.subarray(0, 1000), bytes.subarray(1000)]);
}

test("examples/edge.ts answers 429 to a client that asks too often", async () => {
  await using server = await Server.start();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => server.request("/counters/a")),
  );
  const passed = answers.filter(({ status }) => status === 404);
  const refused = answers.filter(({ status }) => status === 429);
  assertEquals(passed.length + refused.length, 100);
  assert(passed.length >= 20, `${passed.length} passed`);
  assert(refused.length > 0, "none was refused");
  for (const { headers, json } of refused) {
    assertEquals(json, { error: "Too many requests" });
    assert(Number(headers.get("retry-after")) >= 1);
  }
});

test("examples/edge.ts lets a client in again when its time has come, and others at once", async () => {
  using time = new FakeTime();
  const first = "192.0.2.1";
  for (let i = 0; i < 20; i++) assertEquals(await statusFor(first), 404);
  assertEquals(await statusFor(first), 429);
  assertEquals(await statusFor("192.0.2.2"), 404);
  time.tick(999);
  assertEquals(await statusFor(first), 429);
  time.tick(1);
  assertEquals(await statusFor(first), 404);
  assertEquals(await statusFor(first), 429);
  time.tick(20_000);
  for (let i = 0; i < 20; i++) assertEquals(await statusFor(first), 404);
  assertEquals(await statusFor(first), 429);
});

async function statusFor(hostname: string): Promise<number> {
  const request = new Request("http://localhost/");
  const remoteAddr = { transport: "tcp", hostname, port: 50_000 } as const;
  const info = { remoteAddr, completed: Promise.resolve() };
  const response = await server.fetch!(request, info as Deno.ServeHandlerInfo);
  await response.body?.cancel();
  return response.status;
}
