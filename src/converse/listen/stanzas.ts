import {
  isOwn,
  mayBeMissing,
  readRefusal,
  readRemoval,
} from "../../core/seat/leave-reason.js";
import { isKept, isWanted } from "../../core/membership.js";
import { PUBSUB } from "../../core/push-notice.js";
import type { RoomJid } from "../../core/events.js";
import type { Desk } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { StropheConnection, StropheHandler } from "../converse-types.js";
import { judgeInvite } from "../../core/invite.js";
import { bareJid } from "../../core/jid.js";
import type { Archive } from "../act/archive.js";
import type { Passwords } from "../act/passwords.js";
import type { RollCall } from "../act/quiet-return.js";
import { hearEcho } from "./echoes.js";
import type { Refusals } from "./refusals.js";
import type { OwnJid } from "./own-jid.js";
import type { Push } from "../act/registration.js";
import type { Rooms } from "../act/rooms.js";
import { inviteView, isSubject, presenceView } from "../stanza-view.js";

const SELF = 110;

/** The parts that hear of stanzas before the room does. */
export interface StanzaParts {
  readonly compat: Compat;
  readonly rooms: Rooms;
  readonly registration: Push;
  readonly ownJid: OwnJid;
  readonly archive: Archive;
  readonly rollCall: RollCall;
  readonly passwords: Passwords;
  readonly refusals: Refusals;
  trigger(
    name: "mucPushReceived",
    payload: { readonly room: string; readonly accepted: boolean },
  ): void;
}

/** The Strophe handlers of this plugin: they turn what rooms say into events. */
export class Inbound {
  private installed: {
    connection: StropheConnection;
    handlers: readonly StropheHandler[];
  } | null = null;

  constructor(
    private readonly parts: StanzaParts,
    private readonly desk: Desk,
  ) {}

  /** Listens on the connection of now. Strophe drops handlers on a disconnect, so this is called often. */
  install(): void {
    this.remove();
    const connection = this.parts.compat.connection();
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
        this.parts.ownJid.note(stanza.getAttribute("to"));
        // A presence may end a membership: the word that does so is no sign that it goes on.
        if (stanza.localName === "presence") this.noteSender(stanza);
        read(stanza);
        // A push says more than that somebody is there, and comes first.
        if (stanza.localName !== "presence") this.noteSender(stanza);
      } catch (error) {
        this.parts.compat.log.debug(
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
    if (from !== null && !isError) this.desk.heard(bareJid(from));
  }

  /** Whether Converse may tell the user of an invitation: not of the word that a room is ready again. */
  mayShowInvitation(message: Element): boolean {
    const invite = inviteView(message);
    return !(
      invite !== null &&
      isKept(this.desk.ask(invite.room)) &&
      judgeInvite(invite) === "room-is-ready"
    );
  }

  private readPush(iq: Element): void {
    const { registration, trigger } = this.parts;
    const { desk } = this;
    const push = registration.answer(iq, (room) => isWanted(desk.ask(room)));
    if (!push) return;
    const { room, reply } = push;
    const accepted = reply === "result";
    trigger("mucPushReceived", { room, accepted });
    if (accepted) desk.tell(room, { type: "room-spoke" });
  }

  private readMessage(message: Element): void {
    const { desk } = this;
    hearEcho(desk, message, (room) => desk.ask(room).seat.nick);
    this.parts.archive.collect(message);
    const type = message.getAttribute("type");
    if (type === "error") return;
    if (type === "groupchat") {
      const room = bareJid(message.getAttribute("from") ?? "");
      return desk.tell(room, {
        type: isSubject(message) ? "subject-told" : "word",
      });
    }
    const invite = inviteView(message);
    if (invite === null || !isKept(desk.ask(invite.room))) return;
    if (judgeInvite(invite) === "room-is-ready") {
      desk.tell(invite.room, { type: "guarded", guard: "ready" });
      desk.tell(invite.room, { type: "room-spoke" });
    } else {
      desk.tell(invite.room, { type: "check-wanted" });
    }
  }

  private readPresence(stanza: Element): void {
    const from = stanza.getAttribute("from");
    if (from === null) return;
    const room = bareJid(from);
    const { compat, rooms, rollCall, refusals } = this.parts;
    if (!rooms.modelOf(room)) return;

    const { desk } = this;
    const presence = presenceView(stanza);
    const { type, nick, codes, error, destruction } = presence;
    if (type === "error" && error) {
      const departure = readRefusal(error);
      if (departure.reason === "nick-conflict" && compat.triesNextNick()) {
        return;
      }
      refusals.note(desk.ask(room).seat, stanza);
      desk.tell(room, {
        type: "presence-refused",
        departure,
        mayBeMissing: mayBeMissing(error),
      });
    } else if (type === "unavailable") {
      const isOurs = isOwn(presence, desk.ask(room).seat.nick);
      const departure = isOurs ? readRemoval(presence) : null;
      if (departure) desk.tell(room, { type: "departed", departure });
      if (isOurs && destruction) rooms.showDestroyed(room, destruction);
    } else if (type === "available" && nick !== null) {
      rollCall.note(room, nick);
      if (codes.has(SELF)) this.onEntered(room, nick);
    }
  }

  /** The room has let us in, or says so again. */
  private onEntered(room: RoomJid, nick: string): void {
    const { rooms, passwords, rollCall } = this.parts;
    rooms.reveal(room);
    passwords.onEntered(room);
    rollCall.end(room);
    this.desk.tell(room, { type: "self-presence", nick });
  }
}
