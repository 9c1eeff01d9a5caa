import type { Echo } from "../core/outbox.js";
import type { RoomJid } from "../types.js";
/** The `id` and the origin-id (XEP-0359 §3.1) of a message, as far as it has them. */
export declare function idsOf(message: Element): string[];
/**
 * Reads what a room says, just now or as the history of a join (XEP-0045 §7.2.13).
 *
 * @param nickOf the nick that a room has confirmed; null when it has not
 */
export declare function readEcho(message: Element, nickOf: (room: RoomJid) => string | null): Echo | null;
/** Reads what an archive has of a room (XEP-0313 §4.2); null when the message is no result of one. */
export declare function readArchived(message: Element): Echo | null;
