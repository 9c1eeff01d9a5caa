import type { FinalReason, RoomJid } from "../types.js";
/** Why a message could not be delivered. */
export type FailReason = FinalReason | "waited-too-long" | "bounced-too-often";
/**
 * Where a message is. `sent`: on its way, and nothing looks wrong. `doubtful`: it was on its way when the
 * room went out of reach; it arrived, or was lost. `held`: it is not with the room, and waits. `failed`:
 * it does not go out again unless the user says so.
 */
export type Phase = {
    readonly tag: "sent" | "doubtful" | "held";
} | {
    readonly tag: "failed";
    readonly reason: FailReason;
};
/** A message of the user's that the room has not confirmed yet. */
export interface Pending {
    readonly room: RoomJid;
    /** The `id` of the stanza. */
    readonly id: string;
    /** The origin-id (XEP-0359 §3.1); null when it has none. */
    readonly originId: string | null;
    /** The id of the message that shows it: its own, or that of the message it changes or refers to. */
    readonly target: string;
    /** The text for clients that can't read more; null when it has none. */
    readonly body: string | null;
    /** The stanza, without `from`. */
    readonly xml: string;
    /** When the user sent it, in milliseconds since 1970. No two are the same: this is the user's order. */
    readonly sentAt: number;
    /** How often it was given to the server. */
    readonly tries: number;
    readonly phase: Phase;
}
/** A message as the user sends it. */
export type Draft = Omit<Pending, "sentAt" | "tries" | "phase">;
/** A message of a room that may be one of ours. */
export interface Echo {
    readonly room: RoomJid;
    /** Its `id` and origin-id, as far as it has them. */
    readonly ids: readonly string[];
    /** Its text, if it is certain that the user said it in this very stay; null otherwise. */
    readonly ownBody: string | null;
    /** Whether the room said it just now; false for what comes out of a history or an archive. */
    readonly isLive: boolean;
}
/** Keeps what must survive a reload. */
export interface Journal {
    put(entry: Pending): void;
    drop(entry: Pending): void;
}
/**
 * What an error says about a message. These come when the room has forgotten us, or can't be reached: the
 * same message may be welcome later. Every other error is the room's last word.
 */
export declare const PASSING_ERRORS: ReadonlySet<string>;
/**
 * How often a message goes out at most: each time but the first somebody had confirmed that the room is
 * there and that we are in it. One that bounces still is not welcome.
 */
export declare const MAX_TRIES = 5;
/**
 * What the user has said and no room has confirmed: decides what goes out, what waits, and what has failed.
 *
 * | what happens | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | reflected, or found in a history | done | done | done | done |
 * | a later one was reflected | dropped on purpose | – | – | – |
 * | bounced, the room may take it later | held | held | held | – |
 * | bounced otherwise | Converse's | Converse's | Converse's | – |
 * | the way closes | doubtful | – | – | – |
 * | the way opens, history not known | – | – | sent | – |
 * | the way opens, history known | – | sent | sent | – |
 * | waited too long | done | failed | failed | – |
 * | the room is lost | failed | failed | failed | – |
 */
export declare class Outbox {
    private readonly journal;
    /** In the user's order. */
    private entries;
    /** In which order the messages of now went out; one of before a reload has no number. */
    private readonly wire;
    private lastWire;
    constructor(journal: Journal);
    /** Every message of a room, or of all rooms, in the user's order. */
    all(room?: RoomJid): Pending[];
    /** The message of a room with this `id` or origin-id. */
    find(room: RoomJid, id: string): Pending | undefined;
    /** What is shown as waiting or failed; not what is on its way. */
    waiting(): Pending[];
    /**
     * The user sends something, or Converse sends something again.
     *
     * @param isOpen whether the room is there, and everything it has of us is known
     * @param now milliseconds since 1970
     */
    offer(draft: Draft, isOpen: boolean, now: number): "send" | "hold";
    /** The room has a message; returns it when it is one of these. */
    reflected({ room, ids, ownBody, isLive }: Echo): Pending | null;
    /**
     * An error came for a message.
     *
     * @returns whether the message is still ours to care for: held, or failed
     */
    bounced(room: RoomJid, id: string, condition: string): boolean;
    /** The room is out of reach, or we are out of it: what is on its way may be lost. */
    closed(room: RoomJid): void;
    /**
     * The way is open again: what goes out now, in this order.
     *
     * @param isHistoryKnown whether every message that the room has of us has been `reflected`
     */
    toSend(room: RoomJid, isHistoryKnown: boolean): Pending[];
    /** A message could not be given to the server after all. */
    unsent({ room, id }: Pending): void;
    /** When the next message has waited too long, in milliseconds since 1970; null when none waits. */
    nextExpiry(maxWaitMs: number): number | null;
    /**
     * Gives up what has waited too long.
     *
     * @returns what has failed by that
     */
    expire(now: number, maxWaitMs: number): Pending[];
    /**
     * There is no way back into a room.
     *
     * @returns what has failed by that
     */
    fail(room: RoomJid, reason: FailReason): Pending[];
    /**
     * The user wants a failed message to be sent after all.
     *
     * @returns the message, now held; null when there is no such message
     */
    retry(room: RoomJid, id: string, now: number): Pending | null;
    /** Nobody wants these messages to be delivered any more. */
    forget(room: RoomJid): void;
    /** What was on its way before a reload, or is kept by another tab. Nothing of it is written again. */
    restore(entries: readonly Pending[]): void;
    /** Another tab is done with a message. */
    remove(room: RoomJid, id: string): void;
    private failAll;
    private markSent;
    private wireOf;
    private nextTime;
    private set;
    private insert;
    private drop;
}
