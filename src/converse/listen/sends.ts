import { isKept, isUnheard, wayOf } from "../../core/membership.js";
import { find } from "../../core/outbox/outbox-state.js";
import { isSent } from "../../core/outbox/pending.js";
import { readOutgoing } from "../../core/outbox/message-kind.js";
import type { RoomJid } from "../../core/events.js";
import type {
  ClockPort,
  Desk,
  Listener,
  SendOutcome,
  Undo,
} from "../../ports.js";
import type { Passwords } from "../act/passwords.js";
import type { Reading } from "../act/reading.js";
import type { Rooms } from "../act/rooms.js";
import type { Compat } from "../converse.js";
import type { Leadership } from "./tabs.js";
import type { StanzaBuilder } from "../converse-types.js";
import {
  bodyOf,
  cleanElement,
  elementView,
  joinedRoom,
  parseElement,
  setHistory,
} from "../stanza-view.js";

/** A fastened retraction is two generations below its message. */
const DEPTH = 2;

type Stanza = Element | StanzaBuilder;
type Send = (stanza: Stanza, ...rest: unknown[]) => unknown;

/** The parts that hear of a join before the room does. */
export interface SendParts {
  readonly compat: Compat;
  readonly rooms: Rooms;
  readonly reading: Reading;
  readonly passwords: Passwords;
  readonly tabs: Leadership;
  readonly clock: ClockPort;
}

/**
 * Everything that Converse sends goes through its `api.send`. A message that is held back here was sent, as far
 * as Converse knows: it is shown, and nothing counts it but us.
 */
export class SendDoor implements Listener {
  private original: Send | null = null;
  private wrapper: Send | null = null;
  private desk: Desk | null = null;
  /** The join that is about to go out. */
  private join: Element | null = null;

  private readonly compat: Compat;

  constructor(private readonly parts: SendParts) {
    this.compat = parts.compat;
  }

  start(desk: Desk): Undo {
    this.desk = desk;
    const api = this.compat.api as { send: Send };
    const original = api.send;
    const look = (stanza: Stanza): Stanza | null =>
      this.wrapper === wrapper ? this.admit(stanza) : stanza;
    const wrapper: Send = function (this: unknown, stanza, ...rest) {
      const admitted = look(stanza);
      return admitted ? original.call(this, admitted, ...rest) : undefined;
    };
    this.original = original;
    this.wrapper = wrapper;
    api.send = wrapper;
    return () => this.stop();
  }

  /** The join that is about to go out asks for this history. */
  setHistory(attributes: Readonly<Record<string, string>>): void {
    if (this.join) setHistory(this.join, attributes);
  }

  private stop(): void {
    const api = this.compat.api as { send: Send };
    // Somebody may have wrapped the wrapper: then it stays, and does nothing.
    if (this.original && api.send === this.wrapper) api.send = this.original;
    this.wrapper = null;
    this.original = null;
  }

  /** Gives a message of before to the user's server; `never` when the text is none. */
  send(xml: string): SendOutcome {
    const { api, log } = this.compat;
    const complain = (error: unknown) =>
      log.debug(`muc-push: could not send a message again: ${nameOf(error)}`);
    let message: Element;
    try {
      message = parseElement(xml);
      // Others may write where it is stored.
      if (message.localName !== "message") return "never";
    } catch (error) {
      complain(error);
      return "never";
    }
    try {
      if (!this.original || !api.connection.connected()) return "not-now";
      // Stream management counts what goes through here.
      this.original.call(api, message);
      return "sent";
    } catch (error) {
      complain(error);
      return "not-now";
    }
  }

  /** What to pass on; null for nothing. Converse's own sending must not fail because of a look at it. */
  private admit(stanza: Stanza): Stanza | null {
    try {
      const element = "tree" in stanza ? stanza.tree() : stanza;
      if (element.localName === "message") {
        cleanElement(element);
        return this.admitMessage(element) ? stanza : null;
      }
      const room = joinedRoom(element);
      if (room === null) return stanza;
      return this.admitJoin(room, element) ? element : null;
    } catch (error) {
      // What is in the stanza is private.
      this.compat.log.debug(
        `muc-push: could not read what is sent: ${nameOf(error)}`,
      );
      return stanza;
    }
  }

  private admitJoin(room: RoomJid, presence: Element): boolean {
    const { desk } = this;
    if (!desk) return true;
    const { rooms, reading, passwords, tabs, clock } = this.parts;
    if (!rooms.mayJoin(room, !isUnheard(desk.ask(room)))) return false;
    passwords.onJoin(room, presence);
    tabs.tellOfJoin(room, clock.now());
    this.join = presence;
    try {
      const facts = reading.factsOf(room, desk.oldestPending(room));
      desk.tell(room, { type: "join-sent", facts });
    } finally {
      this.join = null;
    }
    return true;
  }

  private admitMessage(message: Element): boolean {
    const outgoing = readOutgoing(elementView(message, DEPTH));
    const { desk } = this;
    if (outgoing.kind === "other" || !desk) return true;
    const is = desk.ask(outgoing.room);
    // Nobody cares for the messages of a room that nobody wants to be in.
    if (!isKept(is)) return true;
    if (outgoing.kind === "passing") return wayOf(is) === "open";
    const { room, isPrivate, id, originId, target } = outgoing;
    const copy = message.cloneNode(true) as Element;
    // The own full JID is another one after a reconnect; the server knows it.
    copy.removeAttribute("from");
    const xml = this.compat.xmlOf(copy);
    const body = bodyOf(message);
    const draft = { room, isPrivate, id, originId, target, body, xml };
    const isConnected = this.compat.api.connection.connected();
    desk.tell(room, { type: "typed", draft, isConnected });
    const entry = find(desk.ask(room).outbox, id);
    return entry !== undefined && isSent(entry);
  }
}

const nameOf = (error: unknown): string =>
  error instanceof Error ? error.name : "unknown error";
