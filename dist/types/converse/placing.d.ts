import type { Entry } from "./catch-up-states.js";
import type { MessageAttributes, MucModel } from "./models.js";
import type { Rooms } from "./rooms.js";
/**
 * What is later than this can't be put down to a clock that differs.
 *
 * @param now milliseconds since 1970
 */
export declare const latestTime: (now: number) => number;
/**
 * Puts a message behind the one that the room sent before it.
 *
 * @param now milliseconds since 1970
 */
export declare function place(rooms: Rooms, muc: MucModel, entry: Entry, attributes: MessageAttributes, now: number): void;
