import type { ClockPort, RoomJid } from "../types.js";
import type { Archive } from "./archive.js";
import type { Behind, Entry } from "./catch-up-states.js";
import type { Compat } from "./compat.js";
import type { Rooms } from "./rooms.js";
export interface FetchTarget {
    /** When the oldest message of ours was sent that may be in the archive; null when none is under way. */
    oldestPending(room: RoomJid): number | null;
    /** A room does not answer: it may have lost us again. */
    onSilence(room: RoomJid): void;
    /**
     * Resolves when Converse has read everything.
     *
     * @param isComplete whether the archive gave out all that it has
     */
    onEnd(room: RoomJid, entry: Entry, state: Behind, isComplete: boolean): Promise<void>;
}
/** Fetches from a room's archive what was missed, and has Converse read it, a page at a time. */
export declare class CatchUpFetch {
    private readonly compat;
    private readonly rooms;
    private readonly archive;
    private readonly clock;
    private readonly target;
    constructor(compat: Compat, rooms: Rooms, archive: Archive, clock: ClockPort, target: FetchTarget);
    /** Whatever an archive holds, what is live must not wait for ever. */
    start(room: RoomJid, entry: Entry, state: Behind): void;
    /** Fetches what the archive has from the anchor on. */
    private fetch;
    /** After a reload: what Converse knows of the room from before. */
    private readAnchor;
    /** Has Converse read a page into its model. */
    private read;
}
