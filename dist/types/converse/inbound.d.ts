import type { RoomEvent, RoomJid } from "../types.js";
import type { Compat } from "./compat/compat.js";
import type { OwnJid } from "./own-jid.js";
import type { AnsweredPush, Push } from "./push.js";
import type { Rooms } from "./rooms.js";
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
    /** A message came, of whatever kind. */
    onMessage(message: Element): void;
}
/** The Strophe handlers of this plugin: they turn what rooms say into events. */
export declare class Inbound {
    private readonly compat;
    private readonly rooms;
    private readonly push;
    private readonly ownJid;
    private readonly target;
    private installed;
    constructor(compat: Compat, rooms: Rooms, push: Push, ownJid: OwnJid, target: InboundTarget);
    /** Listens on the connection of now. Strophe drops handlers on a disconnect, so this is called often. */
    install(): void;
    /** Stops listening. */
    remove(): void;
    /** Strophe removes a handler that throws for good: whatever a stranger sends must end here. */
    private safely;
    /** An error may come from anybody on the way; everything else shows that the room is there. */
    private noteSender;
    /** Whether Converse may tell the user of an invitation: not of the word that a room is ready again. */
    mayShowInvitation(message: Element): boolean;
    private readPush;
    private readMessage;
    private readPresence;
}
