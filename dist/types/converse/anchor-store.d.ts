import type { Anchor } from "../core/history.js";
import type { RoomJid } from "../types.js";
/** From where on rooms are to be fetched, so that a reload of the page does not lose what was missed. */
export declare class AnchorStore {
    private readonly account;
    private readonly shelf;
    /**
     * @param storage where they are kept; null where the browser denies it
     * @param account the own bare JID; null while nobody is logged in
     */
    constructor(storage: Storage | null, account: () => string | null);
    get(room: RoomJid): Anchor | null;
    set(room: RoomJid, anchor: Anchor): void;
    forget(room: RoomJid): void;
    /** Forgets everybody's. */
    clear(): void;
    private keyOf;
}
