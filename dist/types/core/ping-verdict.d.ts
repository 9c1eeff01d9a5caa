import type { PingAnswer, StanzaError, Verdict } from "../types.js";
/** `disco#info` feature of a room that answers self-pings itself (XEP-0410 §4). */
export declare const SELF_PING_OPTIMIZATION = "http://jabber.org/protocol/muc#self-ping-optimization";
/** Who was pinged, and what the room said about itself. */
export interface PingContext {
    /** The room's bare JID. */
    readonly room: string;
    /** The nick that was pinged. */
    readonly nick: string;
    /** Whether the room advertises {@link SELF_PING_OPTIMIZATION}. */
    readonly isOptimized: boolean;
}
/** One row of the table: the first row whose conditions and test fit gives the verdict. */
export interface PingRule {
    /** The conditions it is about; null for any. */
    readonly conditions: readonly string[] | null;
    /** What must hold beside the condition; absent when nothing must. */
    readonly when?: (error: StanzaError, context: PingContext) => boolean;
    readonly verdict: Verdict;
}
/**
 * What an error answer to a self-ping means (XEP-0410 §3), first match wins.
 *
 * An optimizing room answers for itself with `result` or `not-acceptable` alone; any other error for it
 * was made by somebody else (XEP-0410 §4).
 */
export declare const PING_RULES: readonly PingRule[];
/**
 * Judges the answer to a self-ping.
 *
 * @param answer how the ping ended
 * @param context who was pinged
 */
export declare function judgePing(answer: PingAnswer, context: PingContext): Verdict;
