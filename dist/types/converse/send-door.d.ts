import type { Draft } from "../core/outbox.js";
import type { RoomJid } from "../types.js";
import type { Compat } from "./compat/compat.js";
/** Who decides about what Converse sends. */
export interface Doorkeeper {
    /** Whether a message goes out now; otherwise it was taken over. */
    offer(draft: Draft, isConnected: boolean): boolean;
    /** Whether something that is worthless later may go to a room now. */
    isWayOpen(room: RoomJid): boolean;
    /** A join is about to go out; it may be changed. */
    onJoin(room: RoomJid, presence: Element): void;
}
/**
 * Everything that Converse sends goes through its `api.send`. What is held back here was sent, as far as
 * Converse knows: its message is shown, and nothing counts it but us.
 */
export declare class SendDoor {
    private readonly compat;
    private readonly keeper;
    private original;
    private wrapper;
    constructor(compat: Compat, keeper: Doorkeeper);
    /** Stands in the way of what is sent; a second call does nothing. */
    start(): void;
    /** Steps aside; a second call does nothing. */
    stop(): void;
    /**
     * Gives a stanza of before to the user's server.
     *
     * @returns false when that is not possible now
     */
    send(xml: string): boolean;
    /** What to pass on; null for nothing. Converse's own sending must not fail because of a look at it. */
    private admit;
    private admitMessage;
}
