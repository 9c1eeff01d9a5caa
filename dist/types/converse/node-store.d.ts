import type { RoomJid } from "../types.js";
/** What a room was given: the full JID to push to, and the node that proves that a push is from it. */
export interface Registration {
    readonly jid: string;
    readonly node: string;
}
/**
 * The registrations with rooms: one per room, for the full JID of now. They survive a reload of the page,
 * because the room keeps its half too.
 */
export declare class NodeStore {
    /** What can't be stored; a reload forgets it. */
    private readonly unstored;
    private readonly shelf;
    /** @param storage where they are kept; null where the browser denies it */
    constructor(storage: Storage | null);
    /** The registration with a room; null when there is none. */
    get(room: RoomJid): Registration | null;
    /** The registration with a room for a full JID, new unless there is one already. */
    ensure(room: RoomJid, jid: string): Registration;
    /** Forgets the registration with a room. */
    forget(room: RoomJid): void;
    private load;
}
/**
 * Where registrations are kept: for this tab alone, or for all tabs where they share one connection, and
 * so one full JID.
 *
 * @returns null where the browser denies it
 */
export declare function storageOrNull(isShared: boolean): Storage | null;
