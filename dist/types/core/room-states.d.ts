import type { Effect, FinalReason, Joined, Joining, Left, Limits, Notice, PassingReason, RoomState, Waiting } from "../types.js";
/** The world at the time of an event. */
export interface Moment {
    /** Milliseconds since 1970. */
    readonly now: number;
    /** A number in [0, 1), for the jitter. */
    readonly random: number;
    /** When a stanza last came from the room, in milliseconds since 1970; minus infinity for never. */
    readonly heardAt: number;
    readonly limits: Limits;
}
/** What an event leads to. */
export interface Step {
    readonly state: RoomState;
    /** To be carried out in this order. */
    readonly effects: readonly Effect[];
}
/** Not a member, and never was: where every room starts. */
export declare const INITIAL: Left;
/** The state that a room stays in while nothing is done. */
export declare const stay: (state: RoomState) => Step;
export declare const announce: (notice: Notice) => Effect;
/** @param until when the join counts as failed; null while it waits for its turn */
export declare function joining(state: RoomState, attempt: number, until: number | null): Joining;
/** In: the end of every return. */
export declare function joined(state: RoomState, nick: string, checkedAt?: number, recheckAt?: number | null): Joined;
/** In after a join: whoever came in anew has registered for nothing yet. */
export declare function entered(state: RoomState, nick: string): Joined;
export declare function left(state: RoomState, reason: FinalReason): Left;
export declare function suspended(state: RoomState): RoomState;
/** @param until when the room is asked again, in milliseconds since 1970; null: when its host is back */
export declare function waiting(state: RoomState, attempt: number, until: number | null, reason: PassingReason): Waiting;
/** Waits as long as the backoff says after one more failure. */
export declare function waitingLonger(state: RoomState, failed: number, reason: PassingReason, at: Moment): Waiting;
/** Known to be out from now on, unless that is known already. */
export declare function out(state: RoomState, reason: PassingReason, { now }: Moment): Step;
/** Joins when it is this room's turn; from here on the user is known to be out. */
export declare function join(state: RoomState, attempt: number, reason: PassingReason, at: Moment): Step;
/** Pings before joining; without a confirmed nick there is nobody to ping, and a join is all that is left. */
export declare function check(state: RoomState, attempt: number, at: Moment, isHostThere?: boolean): Step;
/** Gives the room up: only the user, or Converse on their behalf, can go back. */
export declare function giveUp(state: RoomState, reason: FinalReason): Step;
/**
 * When a state wants to be woken.
 *
 * @returns milliseconds since 1970, or null when it waits for events alone
 */
export declare function wakeAt(state: RoomState, { heardAt, limits }: Pick<Moment, "heardAt" | "limits">): number | null;
