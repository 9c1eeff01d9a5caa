import type { RoomEvent, RoomState } from "../types.js";
import { type Moment, type Step } from "./room-states.js";
/**
 * The whole life of a membership: what an event makes of a state, and what is to be done about it.
 *
 * Pure. It never asks for a ping while one is in flight, never for a join while one is under way, and
 * after the user has left for nothing but `disable`, until a new join begins.
 */
export declare function step(state: RoomState, event: RoomEvent, at: Moment): Step;
