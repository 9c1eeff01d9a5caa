import type { Compat } from "./converse/compat/compat.js";
import type { MucModel } from "./converse/models.js";
import type { Rooms } from "./converse/rooms.js";
import { type WayPort } from "./deliveries.js";
import type { FinalReason, RoomJid } from "./types.js";
/** What the rest of the plugin knows about rooms, and this part has to know. */
export interface OutgoingPort extends WayPort {
    /** The nick that a room last confirmed; null when it has not. */
    nickOf(room: RoomJid): string | null;
    /** Whether this tab acts for all that share its connection. */
    isLeader(): boolean;
    /** A join is about to go out; it may be changed. */
    onJoin(room: RoomJid, presence: Element): void;
}
/** Everything about what the user says, from their key stroke to the room's confirmation. */
export declare class Outgoing {
    private readonly compat;
    private readonly rooms;
    private readonly port;
    private readonly deliveries;
    private readonly door;
    private readonly store;
    private readonly marks;
    private readonly messages;
    private readonly undos;
    private isRestored;
    private waiting;
    /** @param messageWaitMs how long a message waits for its room, in milliseconds */
    constructor(compat: Compat, rooms: Rooms, port: OutgoingPort, messageWaitMs: number);
    /** Starts looking at what is sent; a second call does nothing. */
    start(): void;
    /** Stops; what is stored stays. A second call does nothing. */
    stop(): void;
    /** A session begins, or goes on: takes up what was left over by the page of before. */
    beginSession(): void;
    /** The user has logged out: nothing of what they said stays. */
    endSession(): void;
    /** Converse has loaded its messages of a room. */
    onMessagesLoaded(): void;
    /** A message came from the user's server: an error, something said in a room, or out of an archive. */
    onMessage(message: Element): void;
    /** @see Deliveries.opened */
    opened(room: RoomJid, isHistoryKnown: boolean): void;
    /** @see Deliveries.closed */
    closed(room: RoomJid): void;
    /** There is no way back into a room, or the user does not want one. */
    departed(room: RoomJid, reason: FinalReason): void;
    /** @see Deliveries.unconfirmedSince */
    unconfirmedSince(room: RoomJid): number | null;
    /** @see Deliveries.isDoubtful */
    isDoubtful(room: RoomJid): boolean;
    isErrorOurs(muc: MucModel, id: string): boolean;
    onTimedMessage(muc: MucModel, stanza: Element, answer: Promise<unknown>): Promise<unknown>;
    private failedAt;
    private show;
    private showFailed;
}
