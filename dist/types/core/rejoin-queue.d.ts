import type { RoomJid } from "../types.js";
/**
 * Whose turn it is to join. A few at a time, because a join of a large room is costly for everybody: the
 * room that the user looks at first, then by turns among the hosts, so that a slow host holds up only its
 * own rooms.
 */
export declare class RejoinQueue {
    private readonly cap;
    private readonly queued;
    private readonly active;
    /** @param cap how many joins may be under way at a time */
    constructor(cap: number);
    /** A room wants to join. */
    add(room: RoomJid): void;
    /** Converse joins a room by itself: it needs no place. */
    dequeue(room: RoomJid): void;
    /** Nobody joins any more: the stream is broken. */
    clear(): void;
    /**
     * A room does not join any more: it is in, or out for now, or for good.
     *
     * @returns whether a place has become free
     */
    remove(room: RoomJid): boolean;
    /**
     * The next room that may join; it counts as joining until it is removed.
     *
     * @returns null when none wants to, or enough are at it
     */
    take(isVisible: (room: RoomJid) => boolean): RoomJid | null;
    /** The first room of the host with the fewest joins under way. */
    private leastBusy;
}
