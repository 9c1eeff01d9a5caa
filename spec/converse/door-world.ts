/** The door of what Converse sends, in a page without Converse, and a desk with one room. */
import { SendDoor, type SendParts } from "../../src/converse/listen/sends.js";
import { step, UNKNOWN, type Membership } from "../../src/core/membership.js";
import { waitingIn } from "../../src/core/outbox/outbox-state.js";
import type { RoomEvent } from "../../src/core/room-events.js";
import type { Desk, Undo } from "../../src/ports.js";
import { noFacts } from "../acts.js";
import { LIMITS } from "../core/seat/life.js";
import { element, type ElementLike } from "../element-like.js";
import { FakeClock } from "../fake-clock.js";

export const ROOM = "garden@rooms.test";
export const MUC = "http://jabber.org/protocol/muc";
const CHAT_STATES = "http://jabber.org/protocol/chatstates";
/** When the oldest message of ours was said. */
export const PENDING = 700;
export const facts = { ...noFacts, isShownIn: true };
/** The history that each join asks for. */
export const HISTORY = { since: "1970-01-01T00:00:00Z" };

export class DoorWorld {
  private is: Membership = UNKNOWN;
  /** The events that the room was told. */
  told: RoomEvent[] = [];
  /** The parts that heard of a join, and the room, in their order. */
  heard: string[] = [];
  readonly passedOn: unknown[] = [];
  readonly logged: string[] = [];
  isConnected = true;
  mayJoin: (room: string, isKnown: boolean) => boolean = () => true;
  /** Converse's own sending. */
  original = (stanza: unknown): unknown => {
    this.passedOn.push(stanza);
    return "handed over";
  };
  readonly api = {
    send: (stanza: unknown) => this.original(stanza),
    connection: { connected: () => this.isConnected },
  };
  readonly door: SendDoor;
  readonly stop: Undo;

  /** @param now milliseconds since 1970 */
  constructor(now: number) {
    const { api, logged, heard } = this;
    const clock = new FakeClock();
    clock.step(now);
    const parts = {
      compat: {
        api,
        log: { debug: (text: string) => logged.push(text) },
        xmlOf: String,
      },
      rooms: {
        mayJoin: (...question: [string, boolean]) => this.mayJoin(...question),
      },
      reading: {
        factsOf: (room: string, pending: number) => {
          heard.push(`facts ${room} ${pending}`);
          return facts;
        },
      },
      passwords: { onJoin: (room: string) => heard.push(`password ${room}`) },
      tabs: {
        tellOfJoin: (room: string, at: number) =>
          heard.push(`tabs ${room} ${at}`),
      },
      clock,
    };
    this.door = new SendDoor(parts as unknown as SendParts);
    const desk = {
      ask: () => this.is,
      oldestPending: () => PENDING,
      tell: (_room: string, event: RoomEvent) => this.tell(event),
    };
    this.stop = this.door.start(desk as unknown as Desk);
  }

  /** Converse sends a stanza. */
  send(stanza: unknown): unknown {
    return this.api.send(stanza);
  }

  tell(event: RoomEvent): void {
    this.told.push(event);
    this.heard.push(event.type);
    if (event.type === "join-sent") this.door.setHistory(HISTORY);
    this.is = step(this.is, event, {
      room: ROOM,
      now: 0,
      date: 0,
      steadyDate: 0,
      random: 0,
      heardAt: -Infinity,
      limits: LIMITS,
      messageWaitMs: 3_600_000,
      hasArchive: true,
      isActing: true,
    }).membership;
  }

  /** The user is in the room. */
  enters(): void {
    this.happens({ type: "join-began" });
    this.happens({ type: "self-presence", nick: "alice" });
  }

  /** The user was in the room, and comes back. */
  isOut(): void {
    this.enters();
    const departure = { comesBack: true, reason: "shutdown" } as const;
    this.happens({ type: "departed", departure });
  }

  leaves(): void {
    this.enters();
    this.happens({ type: "user-left", reason: "left" });
  }

  /** The room still has the user after a reload of the page; the messages since are missing. */
  isBehind(): void {
    const stored = { id: "last", at: 0 };
    const behind = { ...noFacts, hasArchive: true, stored };
    this.happens({ type: "found-in", nick: "alice", facts: behind });
  }

  /** The messages of the room that wait. */
  waits(): string[] {
    return waitingIn(this.is.outbox).map(({ id }) => id);
  }

  /** The stanza that is kept of the first message. */
  xml(): string | undefined {
    return this.is.outbox.entries[0]?.xml;
  }

  /** An event that came before the stanza that is looked at. */
  private happens(event: RoomEvent): void {
    this.tell(event);
    this.told.splice(0);
    this.heard.splice(0);
  }
}

export const message = (id: string, ...more: ElementLike[]) =>
  element(
    "message",
    {
      to: "Garden@rooms.test",
      type: "groupchat",
      id,
      from: "me@home.test/old",
    },
    element("body", {}, `says ${id}`),
    ...more,
  );
export const whisper = (id: string) =>
  element(
    "message",
    { to: `${ROOM}/Bob`, type: "chat", id },
    element("body", {}, `whispers ${id}`),
  );
export const chatState = () =>
  element(
    "message",
    { to: ROOM, type: "groupchat", id: "s" },
    element("composing", { xmlns: CHAT_STATES }),
  );
export const join = () =>
  element(
    "presence",
    { to: "Garden@rooms.test/alice" },
    element(
      "x",
      { xmlns: MUC },
      element("history", { xmlns: MUC, maxstanzas: "0" }),
    ),
  );
/** The history that a join asks for. */
export function historyOf(presence: ElementLike): Record<string, string> {
  const [x] = presence.childNodes as ElementLike[];
  const [history] = (x?.childNodes ?? []) as ElementLike[];
  const attributes = history?.attributes ?? [];
  return Object.fromEntries(
    attributes
      .filter(({ name }) => name !== "xmlns")
      .map(({ name, value }) => [name, value]),
  );
}
