import type { RoomJid } from "../types.js";
/** What a room was given: the full JID to push to, and the node that proves that a push is from it. */
export interface Registration {
    readonly jid: string;
    readonly node: string;
}
/**
 * The registrations of this tab: one per room, for the full JID of now. They survive a reload of the page,
 * because the room keeps its half too.
 */
export declare class NodeStore {
    private readonly storage;
    private readonly known;
    /** @param storage this tab's session storage; null where the browser denies it: then a reload forgets */
    constructor(storage: Storage | null);
    /** The registration with a room; null when there is none. */
    get(room: RoomJid): Registration | null;
    /** The registration with a room for a full JID, new unless there is one already. */
    ensure(room: RoomJid, jid: string): Registration;
    /** Forgets the registration with a room. */
    forget(room: RoomJid): void;
    private load;
    /** Storage may be full, forbidden or written by somebody else: then this tab's memory must do. */
    private attempt;
}
/** This tab's session storage; null where the browser denies it. */
export declare function sessionStorageOrNull(): Storage | null;
