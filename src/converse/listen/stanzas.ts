import {
  isOwn,
  mayBeMissing,
  readRefusal,
  readRemoval,
} from "../../core/seat/leave-reason.js";
import { judgeMessageError } from "../../core/outbox/message-error.js";
import { PUBSUB } from "../../core/push-notice.js";
import type { RoomEvent, RoomJid } from "../../core/events.js";
import type { Compat } from "../converse.js";
import type { StropheConnection, StropheHandler } from "../converse-types.js";
import { judgeInvite } from "../../core/invite.js";
import { bareJid, resourceOf } from "../../core/jid.js";
import type { OwnJid } from "./own-jid.js";
import type { AnsweredPush, Push } from "../act/registration.js";
import type { Rooms } from "../act/rooms.js";
import {
  errorView,
  inviteView,
  isSubject,
  presenceView,
} from "../stanza-view.js";

const SELF = 110;

/** Where inbound stanzas end up. */
export interface InboundTarget {
  handle(room: RoomJid, event: RoomEvent): void;
  /** The nick that a room last confirmed; null when it has not. */
  nickOf(room: RoomJid): string | null;
  /** Whether a room was joined, or is about to be, and is still wanted. */
  isKept(room: RoomJid): boolean;
  /** A room said something. */
  hear(room: RoomJid): void;
  /** A room said something that only those who are in it get. */
  onWord(room: RoomJid): void;
  /** Somebody is in a room. */
  onOccupant(room: RoomJid, nick: string): void;
  /** A room let us in, or said so again. */
  onEntered(room: RoomJid): void;
  /** A room said its subject, which ends the history that it sends to those who join. */
  onSubject(room: RoomJid): void;
  onPush(push: AnsweredPush): void;
  /** A room has refused a presence. */
  onRefusal(room: RoomJid, presence: Element, event: RoomEvent): void;
  /** A message came, of whatever kind. */
  onMessage(message: Element): void;
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
        null,
      ),
      connection.addHandler(
        this.safely((message) => this.readMessage(message)),
        null,
        "message",
        null,
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
        // A presence may end a membership: the word that does so is no sign that it goes on.
        if (stanza.localName === "presence") this.noteSender(stanza);
        read(stanza);
        // A push says more than that somebody is there, and comes first.
        if (stanza.localName !== "presence") this.noteSender(stanza);
      } catch (error) {
        this.compat.log.debug(
          `muc-push: could not read a stanza: ${String(error)}`,
        );
      }
      return true;
    };
  }

  /** An error may come from anybody on the way; everything else shows that the room is there. */
  private noteSender(stanza: Element): void {
    const from = stanza.getAttribute("from");
    const isError = stanza.getAttribute("type") === "error";
    if (from !== null && !isError) this.target.hear(bareJid(from));
  }

  /** Whether Converse may tell the user of an invitation: not of the word that a room is ready again. */
  mayShowInvitation(message: Element): boolean {
    const invite = inviteView(message);
    return !(
      invite !== null &&
      this.target.isKept(invite.room) &&
      judgeInvite(invite) === "room-is-ready"
    );
  }

  private readPush(iq: Element): void {
    const answered = this.push.answer(iq);
    if (answered) this.target.onPush(answered);
  }

  private readMessage(message: Element): void {
    this.target.onMessage(message);
    const type = message.getAttribute("type");
    const from = message.getAttribute("from") ?? "";
    if (type === "error") {
      const error = errorView(message);
      const room = bareJid(from);
      const isPrivate = resourceOf(from) !== null;
      if (error && judgeMessageError(error, { room, isPrivate }) === "passing")
        this.target.handle(room, { type: "check-wanted" });
      return;
    }
    if (type === "groupchat") {
      const room = bareJid(from);
      if (isSubject(message)) this.target.onSubject(room);
      else this.target.onWord(room);
    }
    const invite = type === "groupchat" ? null : inviteView(message);
    if (invite === null || !this.target.isKept(invite.room)) return;
    if (judgeInvite(invite) === "room-is-ready") {
      this.target.handle(invite.room, { type: "guarded", guard: "ready" });
      this.target.handle(invite.room, { type: "room-spoke" });
    } else {
      this.target.handle(invite.room, { type: "check-wanted" });
    }
  }

  private readPresence(stanza: Element): void {
    const from = stanza.getAttribute("from");
    if (from === null) return;
    const room = bareJid(from);
    if (!this.rooms.modelOf(room)) return;

    const presence = presenceView(stanza);
    const { type, nick, codes, error, destruction } = presence;
    if (type === "error" && error) {
      const departure = readRefusal(error);
      if (departure.reason === "nick-conflict" && this.compat.triesNextNick()) {
        return;
      }
      this.target.onRefusal(room, stanza, {
        type: "presence-refused",
        departure,
        mayBeMissing: mayBeMissing(error),
      });
    } else if (type === "unavailable") {
      const isOurs = isOwn(presence, this.target.nickOf(room));
      const departure = isOurs ? readRemoval(presence) : null;
      if (departure) this.target.handle(room, { type: "departed", departure });
      if (isOurs && destruction) this.rooms.showDestroyed(room, destruction);
    } else if (type === "available" && nick !== null) {
      this.target.onOccupant(room, nick);
      if (!codes.has(SELF)) return;
      this.target.onEntered(room);
      this.target.handle(room, { type: "self-presence", nick });
    }
  }
}
