import type { Draft } from "../../core/outbox/pending.js";
import { readOutgoing } from "../../core/outbox/message-kind.js";
import type { RoomJid } from "../../core/events.js";
import type { SendOutcome } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { StanzaBuilder } from "../converse-types.js";
import {
  bodyOf,
  cleanElement,
  elementView,
  joinedRoom,
  parseElement,
} from "../stanza-view.js";

/** A fastened retraction is two generations below its message. */
const DEPTH = 2;

type Stanza = Element | StanzaBuilder;
type Send = (stanza: Stanza, ...rest: unknown[]) => unknown;

/** The outboxes, as the door asks them. */
export interface Doorkeeper {
  /** Whether a message goes out now; otherwise it was taken over. */
  offer(draft: Draft, isConnected: boolean): boolean;
  /** Whether a stanza that is worthless later may go to a room now. */
  isWayOpen(room: RoomJid): boolean;
}

/**
 * Everything that Converse sends goes through its `api.send`. What is held back here was sent, as far as
 * Converse knows: its message is shown, and nothing counts it but us.
 */
export class SendDoor {
  private original: Send | null = null;
  private wrapper: Send | null = null;

  /** @param onJoin a join is about to go out, and may be changed; returns whether it may go out */
  constructor(
    private readonly compat: Compat,
    private readonly keeper: Doorkeeper,
    private readonly onJoin: (room: RoomJid, presence: Element) => boolean,
  ) {}

  /** Stands in the way of what is sent; a second call does nothing. */
  start(): void {
    if (this.wrapper) return;
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
  }

  /** Steps aside; a second call does nothing. */
  stop(): void {
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
      return this.onJoin(room, element) ? element : null;
    } catch (error) {
      // What is in the stanza is private.
      this.compat.log.debug(
        `muc-push: could not read what is sent: ${nameOf(error)}`,
      );
      return stanza;
    }
  }

  private admitMessage(message: Element): boolean {
    const outgoing = readOutgoing(elementView(message, DEPTH));
    switch (outgoing.kind) {
      case "other":
        return true;
      case "passing":
        return this.keeper.isWayOpen(outgoing.room);
      case "message": {
        const { room, isPrivate, id, originId, target } = outgoing;
        const copy = message.cloneNode(true) as Element;
        // The own full JID is another one after a reconnect; the server knows it.
        copy.removeAttribute("from");
        const xml = this.compat.xmlOf(copy);
        const body = bodyOf(message);
        return this.keeper.offer(
          { room, isPrivate, id, originId, target, body, xml },
          this.compat.api.connection.connected(),
        );
      }
    }
  }
}

const nameOf = (error: unknown): string =>
  error instanceof Error ? error.name : "unknown error";
