import type { ClockPort, RoomJid } from "../types.js";
import type { Compat } from "./compat/compat.js";
import type { Rooms } from "./rooms.js";
/**
 * Who is in a room after a rejoin that Converse knows nothing of: a room names everybody else before it
 * confirms us (XEP-0045 §7.2.3), so whoever was not named is not there.
 */
export declare class RollCall {
    private readonly compat;
    private readonly rooms;
    private readonly clock;
    private readonly calls;
    constructor(compat: Compat, rooms: Rooms, clock: ClockPort);
    /** A join goes out. */
    begin(room: RoomJid): void;
    /** Somebody is in the room. */
    note(room: RoomJid, nick: string): void;
    /** Nobody can say who is in the room: what it told us may have been lost. */
    cancel(room: RoomJid): void;
    /** The room has confirmed us. */
    end(room: RoomJid): void;
    /**
     * Whether Converse may hear of a presence: not of what a return makes good, as it would show the room as left.
     *
     * @param isKept whether the room has not been given up by that
     * @param nick what the room last confirmed; null when it has confirmed none
     */
    mayHear(room: RoomJid, presence: Element, isKept: boolean, nick: string | null): boolean;
    private mayRefuse;
    /** Whether Converse may show something: not what the user was told when they joined. */
    mayShow(room: RoomJid, { type, code }: Readonly<Record<string, unknown>>): boolean;
}
