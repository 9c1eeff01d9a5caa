import { readRefusal, readRemoval } from "../core/leave-reason.js";
import { PUBSUB } from "../core/push-notice.js";
import type { RoomEvent, RoomJid } from "../types.js";
import type { Compat, StropheConnection, StropheHandler } from "./compat.js";
import { bareJid } from "./jid.js";
import type { OwnJid } from "./own-jid.js";
import type { AnsweredPush, Push } from "./push.js";
import type { Rooms } from "./rooms.js";
import { presenceView } from "./stanza-view.js";

const SELF = 110;

/** Where inbound stanzas end up. */
export interface InboundTarget {
  handle(room: RoomJid, event: RoomEvent): void;
  /** The nick that a room last confirmed; null when it has not. */
  nickOf(room: RoomJid): string | null;
  onPush(push: AnsweredPush): void;
}

/** The Strophe handlers of this plugin: they turn what rooms say into events. */
export class Inbound {
  private installed: {
    connection: StropheConnection;
    handlers: readonly StropheHandler[];
  } | null = null;

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly push: Push,
    private readonly ownJid: OwnJid,
    private readonly target: InboundTarget,
  ) {}

  /** Listens on the connection of now. Strophe drops handlers on a disconnect, so this is called often. */
  install(): void {
    this.remove();
    const connection = this.compat.connection();
    if (!connection) return;
    // No more than is needed: Strophe itself answers requests that no handler matches.
    const handlers = [
      connection.addHandler(
        this.safely((iq) => this.readPush(iq)),
        PUBSUB,
        "iq",
        "set",
      ),
      connection.addHandler(
        this.safely((presence) => this.readPresence(presence)),
        null,
        "presence",
      ),
    ];
    this.installed = { connection, handlers };
  }

  /** Stops listening. */
  remove(): void {
    const { connection, handlers = [] } = this.installed ?? {};
    for (const handler of handlers) connection?.deleteHandler(handler);
    this.installed = null;
  }

  /** Strophe removes a handler that throws for good: whatever a stranger sends must end here. */
  private safely(
    read: (stanza: Element) => void,
  ): (stanza: Element) => boolean {
    return (stanza) => {
      try {
        this.ownJid.note(stanza.getAttribute("to"));
        read(stanza);
      } catch (error) {
        this.compat.log.debug(
          `muc-push: could not read a stanza: ${String(error)}`,
        );
      }
      return true;
    };
  }

  private readPush(iq: Element): void {
    const answered = this.push.answer(iq);
    if (answered) this.target.onPush(answered);
  }

  private readPresence(stanza: Element): void {
    const from = stanza.getAttribute("from");
    if (from === null) return;
    const room = bareJid(from);
    if (!this.rooms.modelOf(room)) return;

    const presence = presenceView(stanza);
    const { type, nick, codes, error } = presence;
    if (type === "error") {
      if (error)
        this.target.handle(room, {
          type: "presence-refused",
          departure: readRefusal(error),
        });
    } else if (type === "unavailable") {
      if (
        nick !== null &&
        !codes.has(SELF) &&
        nick !== this.target.nickOf(room)
      )
        return;
      const departure = readRemoval(presence);
      if (departure) this.target.handle(room, { type: "departed", departure });
    } else if (type === "available" && nick !== null && codes.has(SELF)) {
      this.target.handle(room, { type: "self-presence", nick });
    }
  }
}
