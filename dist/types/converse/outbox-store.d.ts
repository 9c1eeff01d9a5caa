import type { Pending } from "../core/outbox.js";
import type { RoomJid, Undo } from "../types.js";
/**
 * What the user has said and no room has confirmed. It survives a reload of the page, and is gone after a
 * logout: these are private messages. One item for each message, so that tabs which share a connection
 * don't undo each other's changes.
 */
export declare class OutboxStore {
    private readonly account;
    private readonly shelf;
    /**
     * @param storage where messages are kept; null where the browser denies it
     * @param account the own bare JID: nobody shall send what somebody else has said in the same tab; null
     *   while nobody is logged in
     */
    constructor(storage: Storage | null, account: () => string | null);
    /** What this account has left over. */
    load(): Pending[];
    put(entry: Pending): void;
    drop(entry: Pending): void;
    /** Forgets everybody's messages. */
    clear(): void;
    /**
     * Follows what other tabs with the same connection do.
     *
     * @param onChange told about each message that changed; null when a tab is done with it
     */
    watch(onChange: (entry: Pending | null, room: RoomJid, id: string) => void): Undo;
    private prefix;
    private keyOf;
}
