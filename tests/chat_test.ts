import type { Browser, Page } from "playwright-core";
import { assert, assertEquals, fail, test, testUnless } from "./test.ts";
import { type Program, startDeno } from "./process.ts";

/** The example, started as its doc says, on a free port. */
class Server implements AsyncDisposable {
  private constructor(readonly url: string, readonly program: Program) {}

  static async start(): Promise<Server> {
    const program = startDeno(
      "run",
      "--no-prompt",
      "--allow-net",
      "examples/chat.ts",
      "0",
    );
    const [url] = await program.stderr.find(/http:\/\/127\.0\.0\.1:\d+/);
    return new Server(url, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

interface Line {
  name?: string;
  text: string;
}

/** Somebody in a room, who reads line after line. */
class Guest implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #reader: ReadableStreamDefaultReader<Line>;
  readonly #closed: Promise<void>;

  private constructor(url: URL) {
    const socket = this.#socket = new WebSocket(url);
    const lines = new ReadableStream<Line>({
      start(controller) {
        socket.onmessage = ({ data }) => controller.enqueue(JSON.parse(data));
        socket.addEventListener("close", () => controller.close());
      },
    });
    this.#reader = lines.getReader();
    this.#closed = new Promise((resolve) => socket.onclose = () => resolve());
  }

  static async enter(
    { url }: Server,
    room: string,
    name: string,
  ): Promise<Guest> {
    const address = new URL(`/rooms/${room}`, url.replace("http", "ws"));
    address.searchParams.set("name", name);
    const guest = new Guest(address);
    await new Promise((resolve, reject) => {
      guest.#socket.onopen = resolve;
      guest.#socket.onerror = () => reject(new Error(`Cannot enter ${room}`));
    });
    return guest;
  }

  say(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  async next(): Promise<Line> {
    const { value } = await this.#reader.read();
    return value ?? fail("the connection is closed");
  }

  async hears(...lines: Line[]): Promise<void> {
    for (const line of lines) assertEquals(await this.next(), line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#closed;
  }
}

test("examples/chat.ts shows everybody in a room the same lines in the same order", async () => {
  await using server = await Server.start();
  await using ada = await Guest.enter(server, "lobby", "Ada");
  await ada.hears({ text: "Ada came in" });
  await using bob = await Guest.enter(server, "lobby", "Bob");
  await bob.hears({ text: "Ada came in" }, { text: "Bob came in" });
  await ada.hears({ text: "Bob came in" });

  for (let i = 0; i < 10; i++) {
    ada.say(`a${i}`);
    bob.say(`b${i}`);
  }
  const heard: Line[] = [];
  for (let i = 0; i < 20; i++) {
    const line = await ada.next();
    await bob.hears(line);
    heard.push(line);
  }
  for (const [name, letter] of [["Ada", "a"], ["Bob", "b"]]) {
    const said = heard.filter((line) => line.name === name);
    assertEquals(
      said.map(({ text }) => text),
      Array.from({ length: 10 }, (_, i) => `${letter}${i}`),
    );
  }
});

test("examples/chat.ts keeps rooms apart", async () => {
  await using server = await Server.start();
  await using ada = await Guest.enter(server, "north", "Ada");
  await using bob = await Guest.enter(server, "south", "Bob");
  ada.say("Is it cold?");
  bob.say("Is it warm?");
  await ada.hears({ text: "Ada came in" }, {
    name: "Ada",
    text: "Is it cold?",
  });
  await bob.hears({ text: "Bob came in" }, {
    name: "Bob",
    text: "Is it warm?",
  });
});

test("examples/chat.ts tells who left, and shows the last lines to who comes later", async () => {
  await using server = await Server.start();
  await using ada = await Guest.enter(server, "lobby", "Ada");
  await ada.hears({ text: "Ada came in" });
  {
    await using bob = await Guest.enter(server, "lobby", "Bob");
    await bob.hears({ text: "Ada came in" }, { text: "Bob came in" });
  }
  await ada.hears({ text: "Bob came in" }, { text: "Bob left" });
  for (let i = 0; i < 60; i++) ada.say(`${i}`);
  for (let i = 0; i < 60; i++) await ada.hears({ name: "Ada", text: `${i}` });

  await using eve = await Guest.enter(server, "lobby", "Eve");
  for (let i = 10; i < 60; i++) await eve.hears({ name: "Ada", text: `${i}` });
  await eve.hears({ text: "Eve came in" });
});

test("examples/chat.ts closes a room behind the last guest", async () => {
  await using server = await Server.start();
  {
    await using ada = await Guest.enter(server, "lobby", "Ada");
    await ada.hears({ text: "Ada came in" });
  }
  // The server may hear of a guest who left after the next one has come.
  for (let attempts = 0; attempts < 100; attempts++) {
    await using bob = await Guest.enter(server, "lobby", "Bob");
    const { text } = await bob.next();
    if (text === "Bob came in") return;
  }
  fail("the room remembers what it should have forgotten");
});

test("examples/chat.ts cuts long lines, and ignores blank and binary ones", async () => {
  await using server = await Server.start();
  await using ada = await Guest.enter(server, "lobby", "  Ada ");
  ada.say("   ");
  ada.say("");
  ada.say(new Uint8Array([1, 2, 3]));
  ada.say("x".repeat(501));
  await ada.hears(
    { text: "Ada came in" },
    { name: "Ada", text: "x".repeat(500) },
  );
});

test("examples/chat.ts shows out a guest who does not read, and outlives it", async () => {
  await using server = await Server.start();
  await using ada = await Guest.enter(server, "lobby", "Ada");
  {
    using _mute = await enterWithoutReading(server, "lobby", "Mute");
    await ada.hears({ text: "Ada came in" }, { text: "Mute came in" });
    // What the platform buffers by itself is a matter of a few megabytes.
    for (let left = false; !left;) {
      for (let i = 0; i < 100; i++) ada.say("x".repeat(500));
      for (let i = 0; i < 100; i++) {
        if ((await ada.next()).text === "Mute left") left = true;
      }
    }
  }
  // What the platform has to tell of the broken connection comes meanwhile.
  for (let i = 0; i < 200; i++) {
    ada.say(`still here ${i}`);
    while ((await ada.next()).text !== `still here ${i}`);
  }
  await using bob = await Guest.enter(server, "lobby", "Bob");
  ada.say("Hello, Bob");
  while ((await bob.next()).text !== "Hello, Bob");
});

async function enterWithoutReading(
  { url }: Server,
  room: string,
  name: string,
): Promise<Deno.TcpConn> {
  const { connection, status } = await get(
    `${url}/rooms/${room}?name=${name}`,
    UPGRADE,
  );
  assertEquals(status, 101);
  return connection;
}

const UPGRADE = {
  "connection": "upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

test("examples/chat.ts refuses what is no room, no name or no WebSocket", async () => {
  await using server = await Server.start();
  const cases: [path: string, headers: HeadersInit, status: number][] = [
    ["/nowhere", {}, 404],
    ["/rooms/UPPER?name=Ada", {}, 404],
    [`/rooms/${"x".repeat(31)}?name=Ada`, {}, 404],
    ["/rooms/lobby?name=Ada", {}, 426],
    ["/rooms/lobby", UPGRADE, 400],
    ["/rooms/lobby?name=%20", UPGRADE, 400],
    [`/rooms/lobby?name=${"x".repeat(31)}`, UPGRADE, 400],
  ];
  for (const [path, headers, expected] of cases) {
    const { connection, status } = await get(server.url + path, headers);
    connection.close();
    assertEquals([path, status], [path, expected]);
  }
});

interface Answer {
  status: number;
  connection: Deno.TcpConn;
}

// fetch() does not send the headers of an upgrade.
async function get(url: string, headers: HeadersInit): Promise<Answer> {
  const { hostname, port, pathname, search } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = [...new Headers({ host: "localhost", ...headers })]
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `GET ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`;
  await connection.write(new TextEncoder().encode(text));
  const answer = new Uint8Array(100);
  const size = await connection.read(answer) ?? 0;
  const line = new TextDecoder().decode(answer.subarray(0, size));
  return { connection, status: Number(/^HTTP\/1\.1 (\d+) /.exec(line)?.[1]) };
}

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function findBrowser(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.flatMap((folder) =>
    BROWSERS.map((name) => `${folder}/${name}`)
  )
    .find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const browserPath = findBrowser();

testUnless(
  browserPath === undefined && "no browser is installed",
  "examples/chat.ts lets two people chat in a browser",
  async () => {
    await using server = await Server.start();
    await using browser = await launch(browserPath!);
    const errors: Error[] = [];
    const ada = await open(browser, server, errors);
    const bob = await open(browser, server, errors);
    await enter(ada, "Ada");
    await ada.getByText("Ada came in").waitFor();
    await enter(bob, "Bob");
    await say(bob, "Hello, <b>Ada</b>!");
    await ada.getByText("Bob: Hello, <b>Ada</b>!").waitFor();
    await say(ada, "Hi!");
    for (const page of [ada, bob]) await page.getByText("Ada: Hi!").waitFor();

    const lines = [
      "Ada came in",
      "Bob came in",
      "Bob: Hello, <b>Ada</b>!",
      "Ada: Hi!",
    ];
    for (const page of [ada, bob]) {
      assertEquals(await page.getByRole("listitem").allTextContents(), lines);
    }
    await saveScreenshot(ada);

    await bob.close();
    await ada.getByText("Bob left").waitFor();
    server.program.signal("SIGTERM");
    await ada.getByText("The connection is closed").waitFor();
    assert(await ada.getByLabel("Your name").isVisible());
    assertEquals(errors, []);
  },
);

async function launch(executablePath: string): Promise<Browser> {
  // Taken here, so that the other tests need not load it.
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath, args: FLAGS });
}

async function open(
  browser: Browser,
  { url }: Server,
  errors: Error[],
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 800, height: 600 },
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(url);
  return page;
}

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Come in" }).click();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Your line").fill(text);
  await page.getByRole("button", { name: "Say" }).click();
}

/** For a look at the page: `DEKKA_SCREENSHOT=chat.png deno task test …`. */
async function saveScreenshot(page: Page): Promise<void> {
  const path = Deno.env.get("DEKKA_SCREENSHOT");
  if (path !== undefined) await page.screenshot({ path });
}
