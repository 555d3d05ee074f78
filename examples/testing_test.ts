/**
 * How to test an actor that has collaborators, with a fake and with fake time.
 *
 * ```sh
 * deno test examples/testing_test.ts
 * ```
 *
 * @module
 */

import {
  type ActorRef,
  EventedActor,
  EventedFuture,
  type Future,
  Timeout,
} from "@dekka/actors";
import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";

// What is tested; in a project it has a module of its own.

const MINUTE = 60_000;

/** Any actor that takes texts will do, so that a test can bring its own. */
type Mailer = ActorRef<EventedActor<string, void>>;

/** Collects news, and mails them together a minute after the first. */
class Digest extends EventedActor {
  #mailer: Mailer;
  #news: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(mailer: Mailer) {
    super();
    this.#mailer = mailer;
  }

  add(news: string): void {
    this.#news.push(news);
    // A timer runs outside of the actor's turn, so it only sends a message, and
    // maybe after the actor was killed: a message to it would then throw.
    const { mail, actorRef } = this.actorRef.proxy<Digest>();
    this.#timer ??= setTimeout(() => {
      if (actorRef.isAlive()) mail.defer();
    }, MINUTE);
  }

  async mail(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#news.splice(0).join("\n");
    await this.#mailer.ask(text, { timeout: 5000 });
  }

  protected override async onStop(): Promise<void> {
    if (this.#news.length > 0) await this.mail();
  }
}

// Fakes are actors, too: they take the same messages and keep what they got.

class FakeMailer extends EventedActor {
  sent: string[] = [];

  override onReceive(text: string): void {
    this.sent.push(text);
  }
}

// The future is never set. A promise that never settles would look the same to
// the asker, but this fake could then not be stopped: its handler never ends.
class SilentMailer extends EventedActor {
  override onReceive(_text: string): Future<void> {
    return new EventedFuture();
  }
}

Deno.test("Digest mails all news a minute after the first", async () => {
  using time = new FakeTime();
  await using mailer = FakeMailer.start();
  await using digest = Digest.start(mailer);
  const { add } = digest.proxy();

  await add("rain");
  time.tick(MINUTE - 1);
  await add("sun");
  assertEquals(await mailer.proxy().sent, []);

  time.tick(1);
  await digest.stop(); // it comes behind the message of the timer
  assertEquals(await mailer.proxy().sent, ["rain\nsun"]);
});

Deno.test("Digest mails what is left when it stops", async () => {
  await using mailer = FakeMailer.start();
  {
    await using digest = Digest.start(mailer);
    digest.proxy().add.defer("rain");
  }
  assertEquals(await mailer.proxy().sent, ["rain"]);
});

Deno.test("Digest.mail() fails with Timeout when the mailer is silent", async () => {
  using time = new FakeTime();
  await using mailer = SilentMailer.start();
  await using digest = Digest.start(mailer);

  const mailed = digest.proxy().mail();
  await time.runMicrotasks(); // the mailer is asked, and the clock started
  time.tick(5000);
  await assertRejects(() => mailed.get(), Timeout);
});
