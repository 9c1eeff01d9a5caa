import type { Effect, Left, Limits, RoomEvent, RoomState } from "../types.js";
/** The world at the time of an event. */
export interface Moment {
    /** Milliseconds since 1970. */
    readonly now: number;
    /** A number in [0, 1), for the jitter. */
    readonly random: number;
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
/**
 * When a state wants to be woken.
 *
 * @returns milliseconds since 1970, or null when it waits for events alone
 */
export declare function wakeAt(state: RoomState): number | null;
/**
 * The whole life of a membership: what an event makes of a state, and what is to be done about it.
 *
 * Pure. It never asks for a ping while one is in flight, never for a join while one is under way, and
 * after the user has left for nothing but `disable`, until a new join begins.
 */
export declare function step(state: RoomState, event: RoomEvent, at: Moment): Step;
