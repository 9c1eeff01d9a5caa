import { NS } from "./namespaces";
import { attribute, x, type Element } from "./xml";

export type ErrorType = "auth" | "cancel" | "continue" | "modify" | "wait";

export interface StanzaError {
  condition: string;
  type: ErrorType;
  by?: string;
}

/** The answer goes to whoever asked, from whomever was asked. */
function replyAddresses(request: Element, from?: string) {
  return {
    id: attribute(request, "id"),
    to: attribute(request, "from"),
    from: from ?? attribute(request, "to"),
  };
}

export function resultOf(request: Element, payload?: Element): Element {
  return x(
    "iq",
    { xmlns: NS.client, type: "result", ...replyAddresses(request) },
    payload,
  );
}

/** Bounces an IQ, a presence or a message. */
export function errorOf(
  request: Element,
  error: StanzaError,
  from?: string,
): Element {
  return x(
    request.getName(),
    { xmlns: NS.client, type: "error", ...replyAddresses(request, from) },
    x(
      "error",
      { type: error.type, by: error.by },
      x(error.condition, { xmlns: NS.stanzaErrors }),
    ),
  );
}

export interface PushOptions {
  /** Who claims to push: for a legitimate push the room's bare JID. */
  from: string;
  /** The full JID that is pushed to. */
  to: string;
  id: string;
  /** Left out of the stanza when undefined. */
  node?: string;
  /** XML put into `<item/>` in place of the bare notification. */
  item?: string;
  /** XML put into `<pubsub/>` after `<publish/>`. */
  extra?: string;
}

const notification = `<notification xmlns="${NS.push}"/>`;

/** What a room sends to the client of an absent occupant. It is text, so that it may carry any junk. */
export function pushOf({
  from,
  to,
  id,
  node,
  item = notification,
  extra = "",
}: PushOptions): string {
  const publish = node === undefined ? "<publish>" : `<publish node="${node}">`;
  return (
    `<iq xmlns="${NS.client}" type="set" id="${id}" from="${from}" to="${to}">` +
    `<pubsub xmlns="${NS.pubsub}">${publish}<item>${item}</item></publish>${extra}</pubsub></iq>`
  );
}
