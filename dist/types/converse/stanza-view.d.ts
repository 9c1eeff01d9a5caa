import type { ElementView } from "../core/push-notice.js";
import { type InviteView } from "../core/invite.js";
import type { PresenceView, StanzaError } from "../types.js";
/**
 * A plain copy of an element.
 *
 * @param depth how many generations below it are copied
 */
export declare function elementView(element: Element, depth?: number): ElementView;
/** A plain copy of an IQ that may be a push: its sender is lower-cased up to the resource. */
export declare function pushView(iq: Element): ElementView;
/** What the `error` of a stanza says; null when it has none (RFC 6120 §8.3). */
export declare function errorView(stanza: Element): StanzaError | null;
/** Whether a presence to an occupant JID asks to join the room. */
export declare const isJoin: (presence: Element) => boolean;
/** What a presence from a room says about somebody's membership (XEP-0045 §7). */
export declare function presenceView(presence: Element): PresenceView;
/** The invitation in a message; null when it has none. */
export declare function inviteView(message: Element): InviteView | null;
