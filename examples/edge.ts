/**
 * An edge function: named counters behind a rate limiter, all of them actors.
 *
 * ```sh
 * deno serve examples/edge.ts
 * curl -d '{"add": 2}' http://localhost:8000/counters/visits
 * curl http://localhost:8000/counters/visits
 * ```
 *
 * Deno Deploy runs it as it is. There the actors are one each for an isolate,
 * and end with it: what must outlive them belongs into a database.
 *
 * @module
 */

import { type ActorRef, EventedActor } from "@dekka/actors";

/** How many requests a client can make at once … */
const BURST = 20;
/** … and after how many milliseconds it can make one more. */
const INTERVAL = 1000;
/** How many bytes a body can have. */
const BODY_LIMIT = 1024;
/** How many counters can be made, since nothing ends them but the isolate. */
const MOST_COUNTERS = 10_000;

/** Requests that come at the same time are counted one after another. */
class Counter extends EventedActor {
  count = 0;

  add(n: number): number {
    const count = this.count + n;
    if (!Number.isSafeInteger(count)) {
      throw new RangeError(`Cannot add ${n}: the count would be inexact`);
    }
    return this.count = count;
  }
}

class RateLimiter extends EventedActor {
  // Until when a client's requests are paid for. Who was silent for the longest
  // time comes first, because each request puts its client at the end.
  #paidUntil = new Map<string, number>();

  /** Returns how many milliseconds too early a request is; 0 lets it pass. */
  take(client: string): number {
    const now = Date.now();
    this.#forgetSilentClients(now);
    const paid = Math.max(now, this.#paidUntil.get(client) ?? 0) + INTERVAL;
    const early = paid - now - BURST * INTERVAL;
    if (early > 0) return early;
    this.#paidUntil.delete(client);
    this.#paidUntil.set(client, paid);
    return 0;
  }

  #forgetSilentClients(now: number): void {
    for (const [client, paid] of this.#paidUntil) {
      if (paid > now) return;
      this.#paidUntil.delete(client);
    }
  }
}

/** What a client did wrong. */
class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const limiter = RateLimiter.start().proxy();
const counters = new Map<string, ActorRef<Counter>>();

const server: Deno.ServeDefaultExport = {
  async fetch(request, info): Promise<Response> {
    try {
      await limit(info.remoteAddr);
      return await respond(request);
    } catch (error) {
      return refuse(error);
    }
  },
};

export default server;

async function limit(address: Deno.Addr): Promise<void> {
  const client = "hostname" in address ? address.hostname : "local";
  const early = await limiter.take(client);
  if (early === 0) return;
  const seconds = String(Math.ceil(early / 1000));
  throw new HttpError(429, "Too many requests", { "retry-after": seconds });
}

async function respond(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const name = /^\/counters\/([a-z0-9-]{1,64})$/.exec(pathname)?.[1];
  if (name === undefined) throw new HttpError(404, "Not found");
  switch (request.method) {
    case "GET": {
      const counter = counters.get(name);
      if (counter === undefined) throw new HttpError(404, "No such counter");
      return Response.json({ name, count: await counter.proxy().count });
    }
    case "POST": {
      const n = await readSummand(request);
      return Response.json({
        name,
        count: await counterOf(name).proxy().add(n),
      });
    }
  }
  throw new HttpError(405, "Method not allowed", { allow: "GET, POST" });
}

function counterOf(name: string): ActorRef<Counter> {
  let counter = counters.get(name);
  if (counter === undefined) {
    if (counters.size >= MOST_COUNTERS) {
      throw new HttpError(503, "Too many counters");
    }
    counters.set(name, counter = Counter.start());
  }
  return counter;
}

async function readSummand(request: Request): Promise<number> {
  const body = parse(await readText(request));
  const { add } = (body ?? {}) as { add?: unknown };
  if (Number.isSafeInteger(add)) return add as number;
  throw new HttpError(400, 'Body must be like {"add": 1}');
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new HttpError(400, "Body must be JSON");
  }
}

// What the length in the header says need not be true, so bytes are counted.
async function readText(request: Request): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > BODY_LIMIT) throw new HttpError(413, "Body is too large");
  }
  return await new Blob(parts).text();
}

// An asker gets the very exception that the actor threw, so its class tells.
function refuse(error: unknown): Response {
  if (error instanceof HttpError) {
    const { status, message, headers } = error;
    return Response.json({ error: message }, { status, headers });
  }
  if (error instanceof RangeError) {
    return Response.json({ error: error.message }, { status: 400 });
  }
  console.error(error);
  return Response.json({ error: "Internal error" }, { status: 500 });
}
