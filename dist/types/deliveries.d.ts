import { type Draft, type Echo, type FailReason, type Journal, type Pending } from "./core/outbox.js";
import type { ClockPort, RoomJid } from "./types.js";
/** Where messages survive a reload. */
export interface OutboxStorePort extends Journal {
    load(): Pending[];
    clear(): void;
}
/** What is known about the ways into rooms. */
export interface WayPort {
    /** Whether the user wants to be in a room: only then its messages are cared for. */
    isKept(room: RoomJid): boolean;
    /** Whether we have our seat, and everything that the room has of us was reported by `reflected`. */
    isOpen(room: RoomJid): boolean;
}
export interface DeliveryPorts {
    readonly clock: ClockPort;
    readonly store: OutboxStorePort;
    readonly way: WayPort;
    /** Gives a stanza to the user's server. Returns false when that is not possible now. */
    send(xml: string): boolean;
    /** Whether this tab sends what waits; false while another one does. */
    isLeader(): boolean;
}
/** Who hears about messages; called synchronously, and must not throw. */
export interface DeliveryListener {
    /** What waits, or has failed, is not the same as before. */
    onWaiting(entries: readonly Pending[]): void;
    onFailed(entry: Pending, reason: FailReason): void;
    /** A failed message is tried again, or was delivered after all. */
    onRevived(entry: Pending): void;
}
/** Sees to it that what the user says in a room is delivered once, or shown as failed. */
export declare class Deliveries {
    private readonly ports;
    private readonly maxWaitMs;
    private readonly listener;
    private outbox;
    private cancelTimer;
    private readonly endings;
    /** @param maxWaitMs how long a message waits for its room, in milliseconds */
    constructor(ports: DeliveryPorts, maxWaitMs: number, listener: DeliveryListener);
    /**
     * The user sends a message.
     *
     * @returns whether it goes to the server now
     */
    offer(draft: Draft, isConnected: boolean): boolean;
    /** Whether something that is worthless later may go to a room now. */
    isWayOpen(room: RoomJid): boolean;
    /** A message came from a room, or out of its archive: it may be one of ours. */
    reflected(echo: Echo): void;
    /**
     * An error came for a message.
     *
     * @param ids its `id` and origin-id, as far as the error has them
     */
    bounced(room: RoomJid, ids: readonly string[], condition: string): void;
    /** Whether something may be with a room, or may be lost. */
    isDoubtful(room: RoomJid): boolean;
    /**
     * Since when something that the user said in a room is unconfirmed, in milliseconds since 1970 by this
     * machine's clock: what is looked for in an archive is not older. Null when there is nothing to look for.
     */
    unconfirmedSince(room: RoomJid): number | null;
    /** Whether a message is cared for here: what its error means is not Converse's to say. */
    isOurs(room: RoomJid, id: string): boolean;
    /**
     * Whether an error that a room sent for a message is none that the user has to see. The room's last word is
     * Converse's to say, and ends the message here as well, however late it is heard of.
     */
    isErrorOurs(room: RoomJid, id: string, condition: string): boolean;
    /** Resolves when a message was delivered, with true, or has failed, with false. */
    whenEnded(room: RoomJid, id: string): Promise<boolean>;
    /**
     * The room is there, and we are in it.
     *
     * @param isHistoryKnown whether everything that it has of us was reported by `reflected` since we came
     *   back; only then what may have been lost is sent again
     */
    opened(room: RoomJid, isHistoryKnown: boolean): void;
    /** The room is out of reach, or we are out of it. */
    closed(room: RoomJid): void;
    /** There is no way back into a room. */
    lost(room: RoomJid, reason: FailReason): void;
    /** The user has left a room: nothing goes there any more. */
    forget(room: RoomJid): void;
    /** What has failed of a message and of what was done to it since, in the user's order. */
    failedAt(room: RoomJid, isTarget: (id: string) => boolean): Pending[];
    /** The user wants a failed message to be sent again. */
    retry({ room, id }: Pending): void;
    /** A session begins: takes up what was left over. */
    restore(): void;
    /** Another tab has changed a message, or is done with it. */
    absorb(entry: Pending | null, room: RoomJid, id: string): void;
    /** The user has logged out: what they said is nobody's business any more. */
    clear(): void;
    /** Forgets everything but what is stored, and stops the timer. */
    stop(): void;
    private end;
    /** What is not cared for any more was not delivered, as far as anybody knows. */
    private endForgotten;
    private tellFailed;
    /** Shows what has changed, and has the timer ring for what expires next. */
    private follow;
}
