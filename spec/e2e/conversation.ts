/** Three people who go on talking while the server of their room crashes, and what each of them made of it. */
import { setTimeout as delay } from "node:timers/promises";
import {
  readArchive,
  renderedHistory,
  type RoomMessage,
} from "../../rig/archive-reader";
import type { ChatPage } from "../../rig/chat-page";
import { differences, type Line } from "../../rig/histories";
import type { RawClient } from "../../rig/raw-client";
import { startTalker, type Talker } from "../../rig/talker";
import { complaintsOf, drawnMessages, leastDrawn, type Stage } from "./stage";

/** Ends a wait for what will not come; what is missing is then told by name. */
const LAST_WORDS_MS = 10_000;
/** How many events a report quotes. */
const LAST_EVENTS = 25;

export interface ConversationOptions {
  /** How long each raw client rests between two messages, in milliseconds. */
  paceMs?: number;
  /** How long alice rests between two messages, in milliseconds; 0 when she only reads. */
  alicePaceMs?: number;
  /** More settings for alice's Converse. */
  settings?: Record<string, unknown>;
}

export interface Conversation {
  readonly alice: ChatPage;
  readonly bob: Talker;
  readonly carol: Talker;
  /** Writes a line into the log that a report quotes. */
  note(line: string): void;
  /** How often alice's page has sent a message that it had sent before. */
  aliceResent(): Promise<number>;
  /**
   * Whether alice has what the others said until now. To be called while everybody is in.
   * @returns what differs; empty when nothing does
   */
  check(): Promise<string[]>;
  /**
   * Ends the talk with a fence and compares everything with everything.
   * @returns what differs, and the last events; empty when nothing does
   */
  end(): Promise<string[]>;
}

/** Bodies are unique, so they name messages in every view. */
const lineOf = ({ nick, body, stanzaId, id }: Omit<RoomMessage, "stanza">) => ({
  key: body,
  label: `${nick}: ${body} (${stanzaId || id})`,
});
const lineOfBody = (body: string): Line => ({ key: body, label: body });
const hasBody = ({ body }: RoomMessage) => body !== "";

/** bob, who makes the room, carol, and alice in her page; they talk from the moment that she is settled. */
export async function startConversation(
  stage: Stage,
  options: ConversationOptions = {},
): Promise<Conversation> {
  const { paceMs = 150, alicePaceMs = 400, settings = {} } = options;
  const { room } = stage;
  const log: string[] = [];
  const complaints: string[] = [];
  const note = (line: string) =>
    void log.push(`${new Date().toISOString().slice(14, 23)} ${line}`);

  const seat = async (name: string): Promise<[Talker, RawClient]> => {
    const client = await stage.logIn(name);
    return [await startTalker(client, room, name, note), client];
  };
  const [bob, bobsClient] = await seat("bob");
  // The change writes the room to disk.
  await bobsClient.configureRoom(room, { persistent: true });
  const [carol] = await seat("carol");
  const alice = await stage.openAlice({ settings });
  const typed: string[] = [];

  let isOver = false;
  async function talk(
    name: string,
    restMs: number,
    say: (body: string) => Promise<void>,
  ): Promise<void> {
    for (let n = 1; !isOver; n++) {
      await say(`${name} ${n}`).catch((error: unknown) =>
        complaints.push(`${name} could not say "${name} ${n}": ${error}`),
      );
      await delay(restMs);
    }
  }
  async function type(body: string): Promise<void> {
    typed.push(body);
    await alice.say(room, body);
  }

  await bob.say("all is well");
  await alice.waitForMessage(room, "all is well");
  const talks = [
    talk("bob", paceMs, (body) => bob.say(body)),
    talk("carol", paceMs, (body) => carol.say(body)),
    ...(alicePaceMs > 0 ? [talk("alice", alicePaceMs, type)] : []),
  ];

  /** Waits until alice has what bob says now; by then she has everything that she will ever get. */
  async function fence(body: string): Promise<void> {
    await bob.say(body);
    await alice.waitForMessage(room, body);
  }

  let checks = 0;
  async function check(): Promise<string[]> {
    const mark = `mark ${++checks}`;
    try {
      await fence(mark);
    } catch {
      return [`alice did not get "${mark}"`];
    }
    const ofOthers = <M extends RoomMessage>(all: readonly M[]) => {
      const last = all.findIndex(({ body }) => body === mark);
      return all.slice(0, last + 1).filter(({ nick }) => nick !== "alice");
    };
    // What alice types may still be under way; the end will tell.
    const records = (await alice.modelRecords(room)) as RoomMessage[];
    return differences(
      "alice's Converse, so far",
      ofOthers(bob.history).map(lineOf),
      ofOthers(records).map(lineOf),
    );
  }

  /** Resolves when everything said has reached everybody, or will not any more. */
  async function settle(): Promise<void> {
    isOver = true;
    await Promise.all(talks);
    // First: who has lost a seat without noticing hears nothing more before they speak.
    await Promise.all([bob.say("bob leaves"), carol.say("carol leaves")]);
    const timeoutMs = LAST_WORDS_MS;
    await Promise.allSettled(
      typed.map((body) => bob.heard(body, { timeoutMs })),
    );
    await fence("the end").catch(() =>
      complaints.push('alice did not get "the end"'),
    );
    await carol
      .heard("the end")
      .catch(() => complaints.push('carol did not get "the end"'));
  }

  /** Everything said is in the archive, once, and what one person said is in that person's order. */
  function judgeArchive(archive: readonly RoomMessage[]): string[] {
    const spoken = { alice: typed, bob: bob.said, carol: carol.said };
    return Object.entries(spoken).flatMap(([name, bodies]) =>
      differences(
        `the archive, of ${name}`,
        bodies.map(lineOfBody),
        archive.filter(({ nick }) => nick === name).map(lineOf),
      ),
    );
  }

  async function compare(): Promise<string[]> {
    const reader = await stage.logIn("reader");
    // Some servers show their archive only to those in the room.
    await reader.joinRoom(room, "reader");
    const archive = (await readArchive(reader, room)).filter(hasBody);
    const all = archive.map(lineOf);
    const records = (await alice.modelRecords(room)) as RoomMessage[];
    const shown = await drawnMessages(alice, room);
    const heard = [bob, carol].flatMap(({ nick, history, heardTwice }) => [
      ...differences(
        `${nick}'s history`,
        nick === "bob" ? all : all.filter(after(history[0])),
        history.filter(hasBody).map(lineOf),
      ),
      ...heardTwice.map(({ body }) => `${nick} heard twice: ${body}`),
    ]);
    return [
      ...judgeArchive(archive),
      ...differences("alice's Converse", all, records.map(lineOf)),
      ...(shown.length < leastDrawn(records.length)
        ? [`alice's page: ${shown.length} of ${records.length} are drawn`]
        : []),
      // Of a long conversation the page draws the end.
      ...differences(
        "alice's page",
        renderedHistory(archive).slice(-shown.length).map(lineOf),
        shown.map(lineOfBody),
      ),
      ...heard,
      ...(await complaintsOf(alice)).map((error) => `alice's page: ${error}`),
    ];
  }

  /** Everything from that message on. */
  function after(first: RoomMessage | undefined) {
    let hasBegun = false;
    return ({ key }: Line) => (hasBegun ||= key === first?.body);
  }

  async function lastEvents(): Promise<string[]> {
    const events = (await alice.events()).map(
      ({ at, name, payload }) =>
        `${new Date(at).toISOString().slice(14, 23)} alice's page: ${name} ${JSON.stringify(payload)}`,
    );
    return [...log, ...events].sort().slice(-LAST_EVENTS);
  }

  return {
    alice,
    bob,
    carol,
    note,
    check,
    aliceResent: () =>
      alice.page.evaluate(() => {
        const ids = window.rig.wire.flatMap(({ dir, xml }) =>
          dir === "out" && /^<message [^>]*type="groupchat"/.test(xml)
            ? (/ id="([^"]+)"/.exec(xml)?.[1] ?? [])
            : [],
        );
        return ids.length - new Set(ids).size;
      }),
    async end() {
      await settle();
      const different = [...complaints, ...(await compare())];
      return different.length === 0
        ? []
        : [...different, "the last events:", ...(await lastEvents())];
    },
  };
}
