import type { ClockPort, RoomEvent, RoomJid } from "../types.js";
import { type Compat } from "./compat/compat.js";
import type { MucModel } from "./models.js";
import type { Inbound } from "./inbound.js";
import type { Rooms } from "./rooms.js";
/** Where Converse's events end up. */
export interface LifecycleTarget {
    handle(room: RoomJid, event: RoomEvent): void;
    handleAll(event: RoomEvent): void;
    /** The nick that a room last confirmed; null when it has not. */
    nickOf(room: RoomJid): string | null;
    /** Converse has done what it does when it has entered a room. */
    onEnteredNewRoom(muc: MucModel): void;
    /** Converse has fetched what it does after a join. */
    onFetched(room: RoomJid): void;
    /** A stream is about to come up. */
    onConnecting(): void;
    /** Converse has loaded the messages of a room. */
    onMessagesLoaded(): void;
    /** The user is no longer logged in. */
    endSession(): void;
    /** The session is over: forget every room. */
    reset(): void;
}
/** Turns what Converse says about connections and rooms into events. */
export declare class Lifecycle {
    private readonly compat;
    private readonly rooms;
    private readonly inbound;
    private readonly target;
    private readonly clock;
    private readonly undos;
    private readonly watched;
    constructor(compat: Compat, rooms: Rooms, inbound: Inbound, target: LifecycleTarget, clock: ClockPort);
    /** Starts listening; a second call does nothing. */
    start(): void;
    /** Stops listening; a second call does nothing. */
    stop(): void;
    private unwatchAll;
    /** Converse waits for its listeners and lets their errors through: none may leave here. */
    private on;
    private safely;
    private tellFetched;
    /** The event comes before Converse queues the messages; they are there when the queue is empty. */
    private onArchiveAnswered;
    private watch;
    private onStatus;
    /**
     * A presence to an occupant JID is a join when it says so (XEP-0045 §7.2.1), and asks for another nick
     * when the nick is not ours yet (§7.6).
     */
    private onSent;
}
