import { readRefusal, readRemoval } from "../core/leave-reason.js";
import type { RoomEvent, RoomJid } from "../types.js";
import type { Compat, StropheConnection, StropheHandler } from "./compat.js";
import { judgeInvite } from "../core/invite.js";
import { bareJid, resourceOf } from "../core/jid.js";
import type { OwnAddress } from "./own-address.js";
import type { AnsweredPush, Push } from "./push.js";
import type { Rooms } from "./rooms.js";
import { errorView, inviteView, presenceView } from "./stanza-view.js";

const SELF = 110;

/** Errors to a message of ours that may mean that the room has forgotten us, or that its host is away. */
const BOUNCES: ReadonlySet<string> = new Set([
  "not-acceptable",
  "remote-server-not-found",
  "remote-server-timeout",
]);

/** Where inbound stanzas end up. */
export interface InboundTarget {
  handle(room: RoomJid, event: RoomEvent): void;
  /** The nick that a room last confirmed; null when it has not. */
  nickOf(room: RoomJid): string | null;
  /** Whether the user wants to be in a room. */
  isWanted(room: RoomJid): boolean;
  /** A room said something. */
  hear(room: RoomJid): void;
  onPush(push: AnsweredPush): void;
}

/** The one Strophe handler of this plugin: turns what rooms say into events. */
export class Inbound {
  private installed: {
    connection: StropheConnection;
    handler: StropheHandler;
  } | null = null;

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly push: Push,
    private readonly ownAddress: OwnAddress,
    private readonly target: InboundTarget,
  ) {}

  /** Listens on the connection of now. Strophe drops handlers on a disconnect, so this is called often. */
  install(): void {
    this.remove();
    const connection = this.compat.connection();
    if (!connection) return;
    const handler = connection.addHandler((stanza) => {
      this.read(stanza);
      return true;
    });
    this.installed = { connection, handler };
  }

  /** Stops listening. */
  remove(): void {
    this.installed?.connection.deleteHandler(this.installed.handler);
    this.installed = null;
  }

  /** Strophe removes a handler that throws for good: whatever a stranger sends must end here. */
  private read(stanza: Element): void {
    try {
      const { localName } = stanza;
      const type = stanza.getAttribute("type");
      this.ownAddress.note(stanza);
      if (type !== "error") this.noteSender(stanza);
      if (localName === "presence") this.readPresence(stanza);
      else if (localName === "message") this.readMessage(stanza, type);
      else if (localName === "iq" && type === "set") this.readPush(stanza);
    } catch (error) {
      this.compat.log.debug(
        `muc-push: could not read a stanza: ${String(error)}`,
      );
    }
  }

  /** An error may come from anybody on the way; everything else shows that the room is there. */
  private noteSender(stanza: Element): void {
    const from = stanza.getAttribute("from");
    if (from !== null) this.target.hear(bareJid(from));
  }

  private readPush(iq: Element): void {
    const answered = this.push.answer(iq);
    if (answered) this.target.onPush(answered);
  }

  private readMessage(message: Element, type: string | null): void {
    const from = message.getAttribute("from") ?? "";
    if (type === "error") {
      const condition = errorView(message)?.condition ?? "";
      if (resourceOf(from) === null && BOUNCES.has(condition)) {
        this.target.handle(bareJid(from), { type: "check-wanted" });
      }
      return;
    }
    const invite = type === "groupchat" ? null : inviteView(message);
    if (invite === null || !this.target.isWanted(invite.room)) return;
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
      this.target.handle(room, { type: "presence-refused", departure });
    } else if (type === "unavailable") {
      const isOurs =
        nick === null || codes.has(SELF) || nick === this.target.nickOf(room);
      const departure = isOurs ? readRemoval(presence) : null;
      if (departure) this.target.handle(room, { type: "departed", departure });
      if (isOurs && destruction) this.rooms.showDestroyed(room, destruction);
    } else if (type === "available" && nick !== null && codes.has(SELF)) {
      this.target.handle(room, { type: "self-presence", nick });
    }
  }
}
