/** What every end-to-end story needs: two servers, a browser, alice in a page and bob at a raw client. */
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../rig/browser";
import {
  openChatPage,
  type ChatPage,
  type WireEntry,
} from "../../rig/chat-page";
import { startPageServer, type PageServer } from "../../rig/page-server";
import { majorOf, type Release } from "../../rig/releases";
import { connectRawClient, type RawClient } from "../../rig/raw-client";
import {
  startServers,
  type Servers,
  type ServersOptions,
} from "../../rig/servers";

/** Quick enough for a test, slow enough for a server that comes up. */
export const QUICK = {
  muc_push_backoff_min_ms: 200,
  muc_push_backoff_max_ms: 1_000,
};

export interface Stage {
  readonly servers: Servers;
  readonly pages: PageServer;
  readonly browser: Browser;
  /** The room of the story, on the room server. */
  readonly room: string;
  /** A user at a raw client. */
  logIn(username: string): Promise<RawClient>;
  /** alice in a page, joined to the room of the story, or to others. */
  openAlice(options?: {
    plugin?: "script" | "module" | "off";
    settings?: Record<string, unknown>;
    rooms?: readonly string[];
  }): Promise<ChatPage>;
  close(): Promise<void>;
}

export interface StageOptions extends ServersOptions {
  /** The release of Converse in alice's page; by default as the page server has it. */
  release?: Release;
}

/** @param lent a browser that stays open when the stage is closed; one of its own otherwise */
export async function setStage(
  { release, ...options }: StageOptions = {},
  lent?: Browser,
): Promise<Stage> {
  const servers = await startServers(options);
  const undo: (() => Promise<unknown>)[] = [() => servers.close()];
  const pages = await startPageServer(release ? { release } : {});
  undo.push(() => pages.close());
  const browser = lent ?? (await launchBrowser());
  if (!lent) undo.push(() => browser.close());
  const { users, rooms } = servers;
  const room = `lobby@${rooms.host}`;

  return {
    servers,
    pages,
    browser,
    room,
    async logIn(username) {
      const client = await connectUser(servers, username);
      undo.push(() => client.drop());
      return client;
    },
    async openAlice({ plugin, settings = {}, rooms = [room] } = {}) {
      users.addUser("alice", "secret");
      const alice = await openChatPage({
        browser,
        pageServer: pages,
        users,
        username: "alice",
        password: "secret",
        rooms: rooms.map((jid) => ({ jid, nick: "alice" })),
        ...(plugin && { plugin }),
        settings: { ...QUICK, ...settings },
      });
      undo.push(() => alice.close());
      for (const jid of rooms) await alice.waitUntilEntered(jid);
      const [front] = rooms;
      // 7.0.6 shows no room by itself.
      if (front && majorOf(pages.converseVersion) < 8)
        await alice.openRoom(front, "alice");
      return alice;
    },
    async close() {
      for (const step of undo.splice(0).reverse()) await step();
    },
  };
}

/** A new user at a raw client. */
export function connectUser(
  { users }: Servers,
  username: string,
): Promise<RawClient> {
  const password = "secret";
  users.addUser(username, password);
  const { host, websocketUrl } = users;
  return connectRawClient({ websocketUrl, host, username, password });
}

/** The room server is killed and comes back, and so does somebody in the room. @returns when it was killed */
export async function crash(
  { servers, room }: Pick<Stage, "servers" | "room">,
  client: RawClient,
  nick: string,
): Promise<number> {
  const at = Date.now();
  await servers.rooms.kill();
  await servers.rooms.start();
  await comeBack(client, room, nick);
  return at;
}

/** Joins a room whose server has just come up: the other server may still be finding that out. */
export async function comeBack(
  client: RawClient,
  room: string,
  nick: string,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.joinRoom(room, nick);
      return;
    } catch (error) {
      if (!String(error).includes("remote-server") || tries === 50) throw error;
    }
  }
}

/** Says something to alice that reaches her after everything the room has sent before. */
export async function sayDirectly(
  bob: RawClient,
  alice: ChatPage,
  stage: Stage,
  body: string,
): Promise<void> {
  bob.send(
    `<message type="chat" to="alice@${stage.servers.users.host}"><body>${body}</body></message>`,
  );
  await alice.waitForMessage(bob.jid.split("/")[0] as string, body);
}

/** How many messages Converse draws at a time: the last ones, until somebody scrolls. */
const DRAWN = 100;

/**
 * The bodies that the page shows for a room, from top to bottom: the last ones, once they are drawn.
 */
export async function drawnMessages(
  alice: ChatPage,
  room: string,
): Promise<string[]> {
  const wanted = await alice.modelMessages(room);
  await alice.page
    .waitForFunction(
      (last) =>
        [...document.querySelectorAll(".chat-msg__text")]
          .at(-1)
          ?.textContent?.trim() === last,
      wanted.at(-1),
      { timeout: 5_000 },
    )
    .catch(() => undefined);
  return alice.shownMessages();
}

/** How many of so many messages are drawn at least. */
export const leastDrawn = (count: number): number => Math.min(count, DRAWN);

/** What the plugin says about a room: its state, and why it is in it. */
export function reportOf(
  alice: ChatPage,
  room: string,
): Promise<{ state: string; reason?: string } | null> {
  return alice.page.evaluate((jid) => {
    const { state, reason } = (window.rig._converse?.api.mucPush?.state(jid) ??
      {}) as { state?: string; reason?: string };
    return state === undefined
      ? null
      : { state, ...(reason === undefined ? {} : { reason }) };
  }, room);
}

/** The user comes back to the tab: stock Converse has a look at every room then. */
export function lookAtTab(alice: ChatPage): Promise<void> {
  return alice.page.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange"));
  });
}

/** What of the wire tells a story of push: pushes, answers, pings, joins, registrations and departures. */
export function storyOf(
  wire: readonly WireEntry[],
  room: string,
  since = 0,
): string[] {
  return wire.flatMap(({ dir, xml, at }) => {
    if (at < since || !xml.includes(room)) return [];
    const name = nameOf(dir, xml);
    return name === null ? [] : [name];
  });
}

function nameOf(dir: "in" | "out", xml: string): string | null {
  const isOut = dir === "out";
  if (xml.startsWith("<iq")) {
    if (xml.includes("urn:xmpp:ping")) return isOut ? "ping" : null;
    if (xml.includes("<enable")) return isOut ? "enable" : null;
    if (xml.includes("<disable")) return isOut ? "disable" : null;
    if (xml.includes("<notification")) return isOut ? null : "push";
    if (!isOut || xml.includes("<query")) return null;
    if (xml.includes("item-not-found")) return "answer item-not-found";
    return /type=["']result["']/.test(xml) ? "answer result" : null;
  }
  if (!xml.startsWith("<presence") || !isOut) return null;
  if (xml.includes("unavailable")) return "unavailable";
  return xml.includes('xmlns="http://jabber.org/protocol/muc"') ? "join" : null;
}

/**
 * What Converse's own requests (vCards, nicknames and the like) end with when a crash has swallowed their answers, null
 * in 7.0.6, or when they come to a server that is down.
 */
const LOST_REQUEST =
  /^(?:Error: Timeout error after \d+ms for (?:the following )?IQ stanza|null$|remote-server-(?:not-found|timeout)\b)/;

/** What has gone wrong in the page, but for Converse's own requests. */
export const complaintsOf = async (alice: ChatPage): Promise<string[]> =>
  (await alice.errors()).filter((error) => !LOST_REQUEST.test(error));
