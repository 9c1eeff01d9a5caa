import type { Departure, PresenceView, StanzaError } from "../types.js";
/**
 * What a status code in an `unavailable` self-presence means (XEP-0045 §15.6.2), in the order in which
 * they count when several are given. 307 beside 333 is no kick: the service threw out a dead link.
 */
export declare const REMOVAL_CODES: readonly (readonly [
    code: number,
    departure: Departure
])[];
/**
 * Whether a presence is about our own membership.
 *
 * @param nick what the room last confirmed; null when it has confirmed none
 */
export declare const isOwn: (presence: PresenceView, nick: string | null) => boolean;
/**
 * Whether an `unavailable` presence says no more than that the room's service is down: nobody left.
 *
 * @param nick what the room last confirmed; null when it has confirmed none
 */
export declare const isOutage: (presence: PresenceView, nick: string | null) => boolean;
/**
 * Why an `unavailable` presence ended our membership.
 *
 * @param presence an `unavailable` self-presence, or one from the room's bare JID
 * @returns null when it did not end it: a nick change
 */
export declare function readRemoval(presence: PresenceView): Departure | null;
/** What an error to a join means, by its condition (XEP-0045 §7.2). */
export declare const REFUSALS: Readonly<Record<string, Departure>>;
/**
 * Why a join was refused, and whether to try it again.
 *
 * @param error the error of the presence that answered the join
 */
export declare function readRefusal(error: StanzaError): Departure;
