/**
 * Somebody at a raw client who talks in a room whose server crashes: a simple client that behaves well. It finds
 * out that it lost its seat by a bounce, or by silence and a self-ping (XEP-0410), joins again, reads in the
 * archive what it has missed, and sends again, under the same id, what did not get through.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createElement, type Element } from "ltx";
import { liveMessage, readArchive, type RoomMessage } from "./archive-reader";
import { Inbox } from "./inbox";
import type { RawClient, WaitOptions } from "./raw-client";

/** An echo that takes longer makes it ask whether it still has its seat. */
const ECHO_MS = 500;
/** An answer that takes longer is lost, together with its server. */
const ANSWER_MS = 2_000;
/** Between two tries to join a room whose server is away. */
const RETRY_MS = 50;
/** Only end a wait that hangs. */
const COME_BACK_TIMEOUT_MS = 30_000;
const HEARD_TIMEOUT_MS = 30_000;
const DELAY = "urn:xmpp:delay";

export interface Talker {
  readonly nick: string;
  /** What it knows of the room since it joined: heard live or read in the archive, in the order of the room. */
  readonly history: readonly RoomMessage[];
  /** Everything that it was to say, in order. */
  readonly said: readonly string[];
  /** Messages that came live more than once. */
  readonly heardTwice: readonly RoomMessage[];
  /** How often it had to send something again. */
  readonly resent: number;
  /** Says it, after what it was to say before; resolves when the room has it. */
  say(body: string): Promise<void>;
  /** Resolves when the message is in its history. @throws Error when it does not come in time */
  heard(body: string, options?: WaitOptions): Promise<void>;
}

/** A room without archive gives its messages no ids of its own. */
const keyOf = ({ stanzaId, nick, id }: RoomMessage): string =>
  stanzaId || `${nick} ${id}`;

/**
 * Joins the room.
 * @param note is told what happens, in words for people
 */
export async function startTalker(
  client: RawClient,
  room: string,
  nick: string,
  note: (line: string) => void = () => undefined,
): Promise<Talker> {
  const history: RoomMessage[] = [];
  const known = new Set<string>();
  const said: string[] = [];
  const heardTwice: RoomMessage[] = [];
  const arrivals = new Inbox();
  let resent = 0;
  let isIn = true;
  /** What comes live while the archive is being read: it belongs behind that. */
  let waiting: RoomMessage[] | null = null;

  function add(message: RoomMessage): void {
    known.add(keyOf(message));
    history.push(message);
    arrivals.take(message.stanza);
  }

  client.onStanza((stanza) => {
    const message = liveMessage(stanza, room);
    if (!message || stanza.getChild("delay", DELAY)) return;
    if (waiting) waiting.push(message);
    else if (known.has(keyOf(message))) heardTwice.push(message);
    else if (isIn) add(message);
  });

  const has = (id: string) =>
    history.some((message) => message.id === id && message.nick === nick);

  async function comeBack(): Promise<void> {
    note(`${nick} is out`);
    const end = Date.now() + COME_BACK_TIMEOUT_MS;
    for (;;) {
      try {
        waiting = [];
        await client.joinRoom(room, nick, { timeoutMs: ANSWER_MS });
        const after = history.at(-1)?.stanzaId;
        const missed = await readArchive(client, room, {
          after,
          timeoutMs: ANSWER_MS,
        });
        for (const message of [...missed, ...waiting])
          if (!known.has(keyOf(message))) add(message);
        isIn = true;
        note(`${nick} is back, having missed ${missed.length}`);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(RETRY_MS);
      } finally {
        waiting = null;
      }
    }
  }

  async function isSeated(): Promise<boolean> {
    const ping = `<iq type="get" to="${room}/${nick}"><ping xmlns="urn:xmpp:ping"/></iq>`;
    const answer = await client
      .request(ping, { timeoutMs: ANSWER_MS })
      .catch(() => null);
    return answer?.attrs.type === "result";
  }

  /** Resolves when the message is back, has bounced, or neither came in time. */
  function fate(id: string): Promise<Element | null> {
    const isIt = ({ attrs }: Element) => attrs.id === id;
    return client
      .waitForNext((stanza) => stanza.is("message") && isIt(stanza), {
        timeoutMs: ECHO_MS,
      })
      .catch(() => null);
  }

  async function deliver(body: string): Promise<void> {
    const id = randomUUID();
    const stanza = createElement(
      "message",
      { type: "groupchat", to: room, id },
      createElement("body", {}, body),
    );
    let isSent = false;
    for (;;) {
      if (!isIn) await comeBack();
      if (has(id)) return;
      if (isSent) resent++;
      isSent = true;
      const end = fate(id);
      client.send(stanza.toString());
      const hasBounced = (await end)?.attrs.type === "error";
      // Slow is not lost: as long as it has its seat, the echo may still come.
      while (!has(id) && (isIn = await isSeated()) && !hasBounced)
        await fate(id);
      if (has(id)) return;
    }
  }

  function heard(
    body: string,
    { timeoutMs = HEARD_TIMEOUT_MS }: WaitOptions = {},
  ): Promise<void> {
    if (history.some((message) => message.body === body))
      return Promise.resolve();
    return arrivals
      .next(
        (stanza) => stanza.getChildText("body") === body,
        timeoutMs,
        `${nick} waits for "${body}"`,
      )
      .then(() => undefined);
  }

  await client.joinRoom(room, nick);
  let turn: Promise<void> = Promise.resolve();
  return {
    nick,
    history,
    said,
    heardTwice,
    get resent() {
      return resent;
    },
    say(body) {
      said.push(body);
      turn = turn.then(() => deliver(body));
      return turn;
    },
    heard,
  };
}
