import type { ActorBase } from "../runtimes.ts";
import { Interpreter } from "./interpreter.ts";
import type { Birth, Message, PlayerClass } from "./site.ts";
import { thrown } from "./journal.ts";
import type { Kind, Life, Work } from "./program.ts";

const NOTHING: Work = { later: false, steps: [], ending: { kind: "value" } };

/** Makes the classes of actors that play programs. */
export function definePlayers(Base: ActorBase): Record<Kind, PlayerClass> {
  class Mute extends Base {
    readonly #interpreter: Interpreter;
    readonly #life: Life;
    readonly #birth: Birth;
    readonly answer: string;

    constructor(life: Life, birth: Birth) {
      super();
      const { name, by, book, journal } = birth;
      const site = {
        name,
        journal,
        classes,
        system: this.actorSystem,
        ref: this.actorRef as never,
        signal: () => this.signal,
        stop: () => this.stop(),
      };
      this.#life = life;
      this.#birth = birth;
      this.answer = `answer of ${name}`;
      this.#interpreter = new Interpreter(site, book);
      const { actorUrn: urn } = this;
      this.#interpreter.note({ what: "born", name, urn, kind: life.kind });
      this.#interpreter.playNow(life.construct, by);
      if (life.constructFails) {
        const error = new Error(`constructor of ${name}`);
        // Who starts it may be elsewhere, and not hear of it.
        const outcome = thrown(error);
        this.#interpreter.note({ what: "notStarted", name, outcome });
        throw error;
      }
    }

    get failing(): string {
      throw new Error(`failing of ${this.#birth.name}`);
    }

    set probe(message: Message) {
      this.#interpreter.assign(message);
    }

    run(message: Message): unknown {
      return this.#interpreter.handle(message);
    }

    async runAsync(message: Message): Promise<unknown> {
      return await this.#interpreter.handleLater(message);
    }

    protected override onStart(): void | Promise<void> {
      return this.#hook("onStart");
    }

    protected override onStop(): void | Promise<void> {
      return this.#hook("onStop");
    }

    protected override onFailure(): void | Promise<void> {
      return this.#hook("onFailure");
    }

    #hook(hook: "onStart" | "onStop" | "onFailure"): void {
      const { name, book } = this.#birth;
      const work = this.#life[hook] ?? NOTHING;
      const id = `${name}:${hook}`;
      const message = { id, from: name, seq: -1, work, book };
      const isAsync = this.#life.kind === "Async";
      return this.#interpreter.handle(message, hook, isAsync) as void;
    }
  }

  class Plain extends Mute {
    protected override onReceive(message: Message): unknown {
      return this.run(message);
    }
  }

  class Async extends Mute {
    protected override async onReceive(message: Message): Promise<unknown> {
      return await this.runAsync(message);
    }

    protected override async onStart(): Promise<void> {
      await super.onStart();
    }

    protected override async onStop(): Promise<void> {
      await super.onStop();
    }

    protected override async onFailure(): Promise<void> {
      await super.onFailure();
    }
  }

  const classes = { Plain, Async, Mute } as unknown as Record<
    Kind,
    PlayerClass
  >;
  return classes;
}
