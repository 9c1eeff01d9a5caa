import type { ElementView } from "../core/push-notice.js";
import { type InviteView } from "../core/invite.js";
import type { PresenceView, StanzaError } from "../types.js";
export declare const MAM = "urn:xmpp:mam:2";
/** The elements right below an element. */
export declare function childrenOf(parent: Element): Element[];
/**
 * Strophe's builder makes elements that are in no namespace and only look as if they were: whoever reads what is
 * sent would not find them.
 */
export declare const inNamespaces: (built: Element) => Element;
/** The first element of that name and namespace right below an element. */
export declare const childNamed: (parent: Element, name: string, ns: string) => Element | undefined;
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
/** Whether a message ends a room's history: its subject, and nothing else (XEP-0045 §7.2.15). */
export declare const isSubject: (message: Element) => boolean;
/** Asks for a room's history with a join (XEP-0045 §7.2.14). */
export declare function setHistory(presence: Element, attributes: Readonly<Record<string, string>>): void;
/** The room that a stanza asks to join (XEP-0045 §7.2.1); null when it does not. */
export declare function joinedRoom(stanza: Element): string | null;
/** What a message out of an archive carries (XEP-0313 §4.2); null when it is no such message. */
export declare function archivedIn(carrier: Element): {
    readonly result: Element;
    readonly message: Element;
} | null;
/** The text of a message; null when it has none. */
export declare const bodyOf: (message: Element) => string | null;
/** What a presence from a room says about somebody's membership (XEP-0045 §7). */
export declare function presenceView(presence: Element): PresenceView;
/** The invitation in a message; null when it has none. */
export declare function inviteView(message: Element): InviteView | null;
