import type { RoomJid } from "../types.js";
/** What a room that wants to ping is told: do it, you will be called, or your host is away. */
export type Admission = "now" | "later" | "away";
/**
 * Who may ask after a host. One room at a time: a tab that comes to the front with a hundred rooms does
 * not send a hundred pings at once. And while the host is away only one room, the probe, for all of them.
 */
export declare class HostGate {
    private readonly hosts;
    /** A room wants to ping. */
    request(room: RoomJid): Admission;
    /**
     * A room does not wait for a ping any more.
     *
     * @returns the room whose turn it is now; null for none
     */
    ended(room: RoomJid): RoomJid | null;
    /**
     * A room found its host away.
     *
     * @returns the rooms that wait with the probe from now on, this one included unless it is the probe
     */
    away(room: RoomJid): RoomJid[];
    /**
     * A host is there.
     *
     * @returns the rooms that were waiting for it
     */
    back(domain: string): RoomJid[];
    /**
     * Nobody wants to be in a room any more.
     *
     * @returns the room that asks after the host from now on, when this was the probe; null otherwise
     */
    forget(room: RoomJid): RoomJid | null;
    /** Forgets everything: after a broken stream nothing that was known of a host holds. */
    clear(): void;
    private hostFor;
}
