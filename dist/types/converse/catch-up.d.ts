import type { ClockPort, RoomJid } from "../types.js";
import type { Rooms } from "./rooms.js";
/** Counts what Converse fetches after a rejoin: the messages of others that were missed. */
export declare class CatchUp {
    private readonly rooms;
    private readonly clock;
    private readonly counts;
    constructor(rooms: Rooms, clock: ClockPort);
    /** The user is out of a room: what comes late from now on was missed. */
    begin(room: RoomJid): void;
    /**
     * The user is back in a room.
     *
     * @param onEnd called once with the number of missed messages, when Converse has fetched them
     */
    end(room: RoomJid, onEnd: (missed: number) => void): void;
    /** Converse has fetched what there was to fetch. */
    done(room: RoomJid): void;
    /** Nobody waits for a count any more. */
    drop(room: RoomJid): void;
    /** Nobody waits for any count any more. */
    clear(): void;
}
