import type { ElementView } from "../core/push-notice.js";
import { MUC_READY, type InviteView } from "../core/invite.js";
import type { PresenceView, StanzaError } from "../core/events.js";
import { bareJid, resourceOf } from "../core/jid.js";
import { namespaceOf } from "./releases/namespace.js";

const CONFERENCE = "jabber:x:conference";
export const MUC = "http://jabber.org/protocol/muc";
const MUC_USER = "http://jabber.org/protocol/muc#user";
const FORWARD = "urn:xmpp:forward:0";
export const MAM = "urn:xmpp:mam:2";
const STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/** An `iq` has `pubsub`, `publish`, `item` and `notification` below it; nothing deeper is looked at. */
const PUSH_DEPTH = 4;

/** The elements right below an element. */
export function childrenOf(parent: Element): Element[] {
  // Not `children`: in the XML documents of old browsers only nodes have it.
  return Array.from(parent.childNodes).filter(
    (node): node is Element => node.nodeType === 1,
  );
}

/** All that XML 1.0 does not know (§2.2), half a pair of UTF-16 too: it can't be escaped, and ends a stream. */
const NO_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * An element as it was written, but for characters that XML does not know.
 *
 * @throws when it is no element
 */
export function parseElement(xml: string): Element {
  const text = xml.replace(NO_XML, "");
  const parsed = new DOMParser().parseFromString(text, "text/xml");
  // The browser does not throw: it tells of its error in an element, somewhere.
  if (parsed.getElementsByTagName("parsererror").length > 0) {
    throw new SyntaxError("not well-formed");
  }
  return parsed.documentElement;
}

/** Takes characters out of an element that XML does not know. */
export function cleanElement(element: Element): void {
  for (const attribute of Array.from(element.attributes)) {
    const value = attribute.value.replace(NO_XML, "");
    if (value !== attribute.value) attribute.value = value;
  }
  for (const node of Array.from(element.childNodes)) {
    if (node.nodeType === 1) cleanElement(node as Element);
    else if (node.nodeValue !== null) {
      const text = node.nodeValue.replace(NO_XML, "");
      if (text !== node.nodeValue) node.nodeValue = text;
    }
  }
}

/** The first element of a name right below an element; of any namespace where none is given. */
export const childNamed = (
  parent: Element | undefined,
  name: string,
  ns?: string,
): Element | undefined =>
  parent &&
  childrenOf(parent).find(
    (child) =>
      child.localName === name &&
      (ns === undefined || namespaceOf(child) === ns),
  );

/**
 * A plain copy of an element.
 *
 * @param depth how many generations below it are copied
 */
export function elementView(
  element: Element,
  depth: number = PUSH_DEPTH,
): ElementView {
  return {
    name: element.localName,
    ns: namespaceOf(element),
    attributes: Object.fromEntries(
      Array.from(element.attributes, ({ name, value }) => [name, value]),
    ),
    children:
      depth > 0
        ? childrenOf(element).map((child) => elementView(child, depth - 1))
        : [],
  };
}

/** A plain copy of an IQ that may be a push: its sender is lower-cased up to the resource. */
export function pushView(iq: Element): ElementView {
  const view = elementView(iq);
  const from = view.attributes["from"];
  if (from === undefined) return view;
  const resource = resourceOf(from);
  const normal = bareJid(from) + (resource === null ? "" : `/${resource}`);
  return { ...view, attributes: { ...view.attributes, from: normal } };
}

/** What the `error` of a stanza says; null when it has none (RFC 6120 §8.3). */
export function errorView(stanza: Element): StanzaError | null {
  const error = childNamed(stanza, "error");
  if (!error) return null;
  const condition = childrenOf(error).find(
    (child) => namespaceOf(child) === STANZAS && child.localName !== "text",
  );
  return {
    condition: condition?.localName ?? "undefined-condition",
    type: error.getAttribute("type") ?? "",
    by: error.getAttribute("by"),
    text: childNamed(error, "text", STANZAS)?.textContent ?? null,
  };
}

/** Whether a message ends a room's history: its subject, and nothing else (XEP-0045 §7.2.15). */
export const isSubject = (message: Element): boolean =>
  childNamed(message, "subject") !== undefined &&
  childNamed(message, "body") === undefined;

/** Asks for a room's history with a join (XEP-0045 §7.2.14). */
export function setHistory(
  presence: Element,
  attributes: Readonly<Record<string, string>>,
): void {
  const x = childNamed(presence, "x", MUC);
  if (!x) return;
  let history = childNamed(x, "history", MUC);
  if (!history) {
    history = presence.ownerDocument.createElementNS(MUC, "history");
    x.appendChild(history);
  }
  for (const { name } of Array.from(history.attributes)) {
    if (name !== "xmlns") history.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    history.setAttribute(name, value);
  }
}

/** The room that a stanza asks to join (XEP-0045 §7.2.1); null when it does not. */
export function joinedRoom(stanza: Element): string | null {
  const to = stanza.getAttribute("to");
  const isJoin =
    stanza.localName === "presence" &&
    !stanza.hasAttribute("type") &&
    childNamed(stanza, "x", MUC) !== undefined;
  return isJoin && to !== null ? bareJid(to) : null;
}

/** What a message out of an archive carries (XEP-0313 §4.2); null when it is no such message. */
export function archivedIn(
  carrier: Element,
): { readonly result: Element; readonly message: Element } | null {
  const result = childNamed(carrier, "result", MAM);
  const forwarded = childNamed(result, "forwarded", FORWARD);
  const message = childNamed(forwarded, "message");
  return result && message ? { result, message } : null;
}

/** The text of a message; null when it has none. */
export const bodyOf = (message: Element): string | null =>
  childNamed(message, "body")?.textContent ?? null;

/** What a presence from a room says about somebody's membership (XEP-0045 §7). */
export function presenceView(presence: Element): PresenceView {
  const user = childNamed(presence, "x", MUC_USER);
  const codes = (user ? childrenOf(user) : [])
    .filter((part) => part.localName === "status")
    .map((status) => Number(status.getAttribute("code")));
  const type = presence.getAttribute("type") ?? "available";
  const destroy = childNamed(user, "destroy");
  return {
    type,
    nick: resourceOf(presence.getAttribute("from") ?? ""),
    codes: new Set(codes),
    destruction: destroy
      ? {
          alternative: destroy.getAttribute("jid"),
          reason: childNamed(destroy, "reason")?.textContent ?? null,
        }
      : null,
    error: type === "error" ? errorView(presence) : null,
  };
}

/** The invitation in a message; null when it has none. */
export function inviteView(message: Element): InviteView | null {
  const from = message.getAttribute("from") ?? "";
  const direct = childNamed(message, "x", CONFERENCE)?.getAttribute("jid");
  if (direct) {
    const isReady = childNamed(message, "ready", MUC_READY) !== undefined;
    return { from, room: bareJid(direct), isReady };
  }
  const user = childNamed(message, "x", MUC_USER);
  return childNamed(user, "invite")
    ? { from, room: bareJid(from), isReady: false }
    : null;
}
