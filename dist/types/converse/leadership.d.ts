import type { RoomJid } from "../types.js";
/**
 * Which of several tabs that share one connection acts for all of them. Each tab gets every stanza, and a
 * push must be answered once. The browser hands the lock on when the tab that has it goes away.
 */
export declare class Leadership {
    private isHeld;
    /** Resolves when this tab is the one that acts. */
    readonly acquired: Promise<void>;
    private release;
    private readonly channel;
    /**
     * @param isShared whether other tabs may use the same connection
     * @param onJoin told about each room that another tab is about to join
     */
    constructor(isShared: boolean, onJoin: (room: RoomJid) => void);
    /** Whether this tab is the one that acts. */
    get isLeader(): boolean;
    /** Tells the other tabs that this one joins a room: all of them will get what the room then says. */
    tellOfJoin(room: RoomJid): void;
    /** Lets another tab act. */
    stop(): void;
}
