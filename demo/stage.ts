/** What the demo plays on: two servers, Alice's page, Bob who speaks, and the switches of the panel over HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type PageServer, startPageServer } from "../rig/page-server";
import { connectRawClient, type RawClient } from "../rig/raw-client";
import { type Servers, startServers } from "../rig/servers";

const here = path.dirname(fileURLToPath(import.meta.url));
const PASSWORD = "secret";

/** What Bob says, over and over; a number makes each sentence unique. */
const SENTENCES = [
  "Good morning! The release is at half past ten.",
  "Did anybody else just drop out?",
  "The release moves to eleven.",
  "I put the notes into the usual place.",
  "Please have a look before we start.",
  "Shout if you can read this.",
];

/** What the panel hears, as server-sent events. */
export type StageEvent =
  | { name: "hello"; room: string; running: boolean; said: readonly string[] }
  | { name: "crashed" | "starting" | "started"; at: number }
  | { name: "bob-joins"; at: number }
  | { name: "bob-says"; at: number; body: string };

export interface Stage {
  /** The page for people: Converse with the panel beside it. */
  readonly url: string;
  readonly room: string;
  readonly converseVersion: string;
  /** Everything Bob has said, oldest first. */
  said(): readonly string[];
  close(): Promise<void>;
}

function logIn({ users }: Servers, username: string): Promise<RawClient> {
  const { websocketUrl, host } = users;
  return connectRawClient({ websocketUrl, host, username, password: PASSWORD });
}

/** Alice's Converse, once with the plugin and once without; the panel shows one of them. */
function addChatPages(
  pages: PageServer,
  { users }: Servers,
  room: string,
): void {
  const settings = {
    authentication: "login",
    auto_login: true,
    auto_join_rooms: [{ jid: room, nick: "Alice" }],
    discover_connection_methods: false,
    websocket_url: users.websocketUrl,
    jid: `alice@${users.host}`,
    password: PASSWORD,
    i18n: "en",
    loglevel: "error",
    play_sounds: false,
    singleton: true,
    view_mode: "embedded",
    muc_show_logs_before_join: true,
    show_background: false,
    visible_toolbar_buttons: {
      call: false,
      emoji: true,
      spoiler: false,
      toggle_occupants: true,
    },
  };
  const head = '<link rel="stylesheet" href="/panel/chat.css">';
  pages.addPage({ settings, head }, "/chat/with-plugin");
  pages.addPage({ settings, head, plugin: "off" }, "/chat/without-plugin");
}

/** Starts it all. @throws Error when a server does not start */
export async function setStage(): Promise<Stage> {
  const servers = await startServers();
  const pages = await startPageServer();
  const room = `lobby@${servers.rooms.host}`;
  const said: string[] = [];
  const audience = new Set<ServerResponse>();
  let isBobSeated = false;

  for (const name of ["alice", "bob"]) servers.users.addUser(name, PASSWORD);
  const bob = await logIn(servers, "bob");

  function write(response: ServerResponse, event: StageEvent): void {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  function tell(event: StageEvent): void {
    for (const response of audience) write(response, event);
  }

  async function seatBob(): Promise<void> {
    if (isBobSeated) return;
    await bob.joinRoom(room, "Bob");
    isBobSeated = true;
    tell({ name: "bob-joins", at: Date.now() });
  }

  async function speak(): Promise<void> {
    await seatBob();
    const body = `${SENTENCES[said.length % SENTENCES.length]} (${said.length + 1})`;
    said.push(body);
    tell({ name: "bob-says", at: Date.now(), body });
    await bob.say(room, body);
  }

  async function crash(): Promise<void> {
    const at = Date.now();
    await servers.rooms.kill();
    isBobSeated = false;
    tell({ name: "crashed", at });
  }

  async function restart(): Promise<void> {
    tell({ name: "starting", at: Date.now() });
    await servers.rooms.start();
    tell({ name: "started", at: Date.now() });
  }

  /** One after the other: a second click waits for the first. */
  let queue: Promise<unknown> = Promise.resolve();
  function addSwitch(
    at: string,
    isAllowed: () => boolean,
    act: () => Promise<void>,
  ): void {
    pages.addRoute(
      at,
      async (request: IncomingMessage, response: ServerResponse) => {
        if (request.method !== "POST")
          return void response.writeHead(405).end();
        const turn = queue.then(async () => {
          if (!isAllowed()) return void response.writeHead(409).end();
          await act();
          response.writeHead(204).end();
        });
        queue = turn.catch(() => undefined);
        await turn;
      },
    );
  }
  addSwitch("/switch/crash", () => servers.rooms.running, crash);
  addSwitch("/switch/restart", () => !servers.rooms.running, restart);
  addSwitch("/switch/speak", () => servers.rooms.running, speak);

  pages.addRoute("/events", (_request, response) => {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    audience.add(response);
    response.once("close", () => audience.delete(response));
    write(response, {
      name: "hello",
      room,
      running: servers.rooms.running,
      said,
    });
  });
  pages.addFolder("/panel/", path.join(here, "panel"));
  pages.addRoute(
    "/",
    (_request, response) =>
      void response.writeHead(302, { location: "/panel/index.html" }).end(),
  );

  // Bob comes first, makes the room and writes it to disk; what he says first shows that the chat works.
  await seatBob();
  await bob.configureRoom(room, { persistent: true });
  await speak();
  addChatPages(pages, servers, room);

  return {
    url: `${pages.origin}/`,
    room,
    converseVersion: pages.converseVersion,
    said: () => said,
    async close() {
      await Promise.all([pages.close(), bob.drop()]);
      await servers.close();
    },
  };
}
