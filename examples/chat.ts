/**
 * A chat: one actor for each room, WebSockets, and a page to chat in.
 *
 * ```sh
 * deno run --allow-net examples/chat.ts [port]
 * ```
 *
 * @module
 */

import { type ActorRef, EventedActor } from "@dekka/actors";

/** How many lines a room shows to those who come in later. */
const MEMORY = 50;
/** How long a line can be, in characters. */
const LONGEST_LINE = 500;
/** How many bytes may wait for a guest whose connection is slow. */
const PATIENCE = 1_000_000;

/** A line of the chat; without a name it is the room that speaks. */
interface Line {
  readonly name?: string;
  readonly text: string;
}

/** Everybody in a room sees the same lines in the same order. */
class Room extends EventedActor {
  #guests = new Map<WebSocket, string>();
  #lines: Line[] = [];

  enter(guest: WebSocket, name: string): void {
    for (const line of this.#lines) this.#send(guest, line);
    this.#guests.set(guest, name);
    this.#show({ text: `${name} came in` });
  }

  say(guest: WebSocket, text: string): void {
    const name = this.#guests.get(guest);
    if (name !== undefined) this.#show({ name, text });
  }

  leave(guest: WebSocket): void {
    const name = this.#guests.get(guest);
    if (this.#guests.delete(guest)) this.#show({ text: `${name} left` });
  }

  #show(line: Line): void {
    this.#lines.push(line);
    if (this.#lines.length > MEMORY) this.#lines.shift();
    for (const guest of this.#guests.keys()) this.#send(guest, line);
  }

  #send(guest: WebSocket, line: Line): void {
    if (guest.bufferedAmount <= PATIENCE) {
      return guest.send(JSON.stringify(line));
    }
    guest.close(1008, "Too slow");
    // As a message of its own, so that the line at hand comes first for all.
    this.actorRef.proxy<Room>().leave.defer(guest);
  }
}

/** The rooms that somebody is in: it opens for the first, closes after the last. */
const rooms = new Map<string, { room: ActorRef<Room>; guests: number }>();

function join(name: string): ActorRef<Room> {
  const entry = rooms.get(name) ?? { room: Room.start(), guests: 0 };
  entry.guests++;
  rooms.set(name, entry);
  return entry.room;
}

function part(name: string): void {
  const entry = rooms.get(name)!;
  if (--entry.guests > 0) return;
  rooms.delete(name);
  entry.room.stop();
}

/** Turns the events of a socket into messages to the room. */
function connect(guest: WebSocket, roomName: string, name: string): void {
  guest.onopen = () => {
    const room = join(roomName).proxy();
    room.enter.defer(guest, name);
    guest.onmessage = ({ data }) => {
      if (typeof data !== "string" || data.trim() === "") return;
      room.say.defer(guest, data.slice(0, LONGEST_LINE));
    };
    // Once, for Deno can tell it twice where the other side has vanished.
    guest.addEventListener("close", () => {
      room.leave.defer(guest);
      part(roomName);
    }, { once: true });
  };
}

function handle(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/") {
    const headers = { "content-type": "text/html; charset=utf-8" };
    return new Response(PAGE, { headers });
  }
  const room = /^\/rooms\/([a-z0-9-]{1,30})$/.exec(pathname)?.[1];
  if (room === undefined) return new Response("Not found", { status: 404 });
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    const headers = { upgrade: "websocket" };
    return new Response("Not a WebSocket", { status: 426, headers });
  }
  const name = searchParams.get("name")?.trim() ?? "";
  if (name === "" || name.length > 30) {
    return new Response("Not a name", { status: 400 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  connect(socket, room, name);
  return response;
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Chat</title>
    <link rel="icon" href="data:,">
    <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
      form:not([hidden]) { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end }
      label { display: grid; flex: 1 }
      input, button { font: inherit; padding: 0.25rem 0.5rem }
      ol { list-style: none; padding: 0; height: 60vh; overflow-y: auto; overflow-wrap: anywhere }
      .notice { color: #666 }
    </style>
  </head>
  <body>
    <h1>Chat</h1>
    <form id="entrance">
      <label>Your name <input name="name" required maxlength="30" autofocus></label>
      <label>Room <input name="room" required pattern="[a-z0-9\\-]{1,30}" value="lobby"></label>
      <button>Come in</button>
    </form>
    <ol id="lines" role="log" aria-label="Lines"></ol>
    <form id="speech" hidden>
      <label>Your line <input name="text" required maxlength="${LONGEST_LINE}" autocomplete="off"></label>
      <button>Say</button>
    </form>
    <script type="module">
      const { entrance, lines, speech } = window;
      let socket;

      entrance.onsubmit = (event) => {
        event.preventDefault();
        const { name, room } = Object.fromEntries(new FormData(entrance));
        const url = new URL("/rooms/" + room, location);
        url.protocol = url.protocol.replace("http", "ws");
        url.searchParams.set("name", name);
        lines.replaceChildren();
        socket = new WebSocket(url);
        socket.onopen = () => show("room");
        socket.onmessage = ({ data }) => append(JSON.parse(data));
        socket.onclose = () => {
          append({ text: "The connection is closed" });
          show("entrance");
        };
      };

      speech.onsubmit = (event) => {
        event.preventDefault();
        socket.send(speech.elements.text.value);
        speech.reset();
      };

      function show(place) {
        entrance.hidden = place === "room";
        speech.hidden = place !== "room";
        if (place === "room") speech.elements.text.focus();
      }

      function append({ name, text }) {
        const line = document.createElement("li");
        line.className = name === undefined ? "notice" : "";
        line.textContent = name === undefined ? text : name + ": " + text;
        lines.append(line);
        line.scrollIntoView();
      }
    </script>
  </body>
</html>
`;

const [port = "8000"] = Deno.args;
Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, handle);
