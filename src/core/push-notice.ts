import type { RoomJid } from "./events.js";

/** The namespace of push notifications, and the feature of a room that sends them (XEP-0357). */
export const PUSH = "urn:xmpp:push:0";
/** The namespace of publish-subscribe, in which notifications travel (XEP-0060). */
export const PUBSUB = "http://jabber.org/protocol/pubsub";

/** An element, as far as a push has to be read: no DOM, no depth beyond what a push has. */
export interface ElementView {
  readonly name: string;
  readonly ns: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ElementView[];
}

/** A push, not yet believed. */
export interface PushNotice {
  /** The sender's JID as the stanza gives it, lower-cased up to the resource; empty when it gives none. */
  readonly from: string;
  /** The node; null when the publish has none. */
  readonly node: string | null;
}

const childrenNamed = (parent: ElementView, name: string, ns: string) =>
  parent.children.filter((child) => child.name === name && child.ns === ns);

/**
 * Reads a push out of an IQ (XEP-0357 §7).
 *
 * @param iq a view of an `iq` of type `set`
 * @returns null when it is no push: a publish without a push notification belongs to somebody else
 */
export function readPush(iq: ElementView): PushNotice | null {
  for (const pubsub of childrenNamed(iq, "pubsub", PUBSUB)) {
    for (const publish of childrenNamed(pubsub, "publish", PUBSUB)) {
      const isPush = childrenNamed(publish, "item", PUBSUB).some(
        (item) => childrenNamed(item, "notification", PUSH).length > 0,
      );
      if (isPush)
        return {
          from: iq.attributes["from"] ?? "",
          node: publish.attributes["node"] ?? null,
        };
    }
  }
  return null;
}

/** What is known about a room when a push claims to come from it. */
export interface PushTarget {
  /** The node that this client gave to the room; null when it gave none. */
  nodeOf(room: RoomJid): string | null;
  /** Whether the user still wants to be in the room. */
  isWanted(room: RoomJid): boolean;
}

/** The answer to a push: `item-not-found` makes the room forget the registration. */
export type PushReply = "result" | "item-not-found";

/**
 * Decides the answer to a push. Only the room itself, by its bare JID and with the node it was given, may
 * push; what comes from its service, from an occupant or from a stranger learns nothing but "unknown".
 */
export function replyTo(
  { from, node }: PushNotice,
  target: PushTarget,
): PushReply {
  if (node === null) return "item-not-found";
  return target.nodeOf(from) === node && target.isWanted(from)
    ? "result"
    : "item-not-found";
}
