/**
 * Which of several tabs that share one connection acts for all of them. Each tab gets every stanza, and a
 * push must be answered once. The browser hands the lock on when the tab that has it goes away.
 */
export declare class Leadership {
    private isHeld;
    /** Resolves when this tab is the one that acts. */
    readonly acquired: Promise<void>;
    private release;
    /** @param isShared whether other tabs may use the same connection */
    constructor(isShared: boolean);
    /** Whether this tab is the one that acts. */
    get isLeader(): boolean;
    /** Lets another tab act. */
    stop(): void;
}
