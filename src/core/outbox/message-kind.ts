import type { RoomJid } from "../events.js";
import { bareJid, resourceOf } from "../jid.js";
import type { ElementView } from "../push-notice.js";

const CHAT_MARKERS = "urn:xmpp:chat-markers:0";
const CHAT_STATES = "http://jabber.org/protocol/chatstates";
const CORRECT = "urn:xmpp:message-correct:0";
const FASTEN = "urn:xmpp:fasten:0";
const HINTS = "urn:xmpp:hints";
const REACTIONS = "urn:xmpp:reactions:0";
const STANZA_ID = "urn:xmpp:sid:0";

const isEncrypted = ({ name, ns }: ElementView) =>
  name === "encryption"
    ? ns === "urn:xmpp:eme:0"
    : ns.startsWith("urn:xmpp:omemo:") ||
      ns === "eu.siacs.conversations.axolotl" ||
      ns === "urn:xmpp:openpgp:0";

const isRetraction = ({ name, ns }: ElementView) =>
  name === "retract" && /^urn:xmpp:message-retract:[01]$/.test(ns);

/** Retractions of before XEP-0424 0.4 were fastened to the message. */
const isFastened = ({ name, ns, children }: ElementView) =>
  name === "apply-to" && ns === FASTEN && children.some(isRetraction);

/** What a message changes or refers to names it in its `id` (XEP-0308 §3, XEP-0424 §3, XEP-0444 §3). */
const refersToAnother = (child: ElementView) =>
  (child.name === "replace" && child.ns === CORRECT) ||
  (child.name === "reactions" && child.ns === REACTIONS) ||
  isRetraction(child) ||
  isFastened(child);

const isPassing = ({ ns }: ElementView) =>
  ns === CHAT_STATES || ns === CHAT_MARKERS;

/** Encrypted, a chat state looks like a message; that nobody shall keep it tells it apart. */
const isNotKept = ({ name, ns }: ElementView) =>
  ns === HINTS && (name === "no-store" || name === "no-permanent-store");

/** What Converse sends. */
export type Outgoing =
  /** To be delivered, now or later. */
  | {
      readonly kind: "message";
      readonly room: RoomJid;
      /** Whether it goes to one occupant (XEP-0045 §7.5), or to a contact's client: a full JID tells no more. */
      readonly isPrivate: boolean;
      readonly id: string;
      readonly originId: string | null;
      readonly target: string;
    }
  /** Out of date as soon as it can't be delivered at once. */
  | { readonly kind: "passing"; readonly room: RoomJid }
  /** Somebody else's business. */
  | { readonly kind: "other" };

const OTHER: Outgoing = { kind: "other" };

/** Decides what an outgoing stanza is worth. */
export function readOutgoing({
  name,
  attributes,
  children,
}: ElementView): Outgoing {
  const { to, type } = attributes;
  if (name !== "message" || to === undefined) return OTHER;
  const isPrivate = resourceOf(to) !== null;
  if (type !== (isPrivate ? "chat" : "groupchat")) return OTHER;
  const room = bareJid(to);

  const hasBody = children.some((child) => child.name === "body");
  const reference = children.find(refersToAnother);
  const isSecret = children.some(isEncrypted);
  if (!hasBody && !reference && (!isSecret || children.some(isNotKept))) {
    const isOutdated = isSecret || children.some(isPassing);
    return isOutdated ? { kind: "passing", room } : OTHER;
  }

  const origin = children.find(
    (child) => child.name === "origin-id" && child.ns === STANZA_ID,
  );
  const originId = origin?.attributes["id"] ?? null;
  const id = attributes["id"] ?? originId;
  if (id === null) return OTHER;
  const target = reference?.attributes["id"] ?? id;
  return { kind: "message", room, isPrivate, id, originId, target };
}
