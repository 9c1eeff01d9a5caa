import { bareJid } from "../../core/jid.js";
import type { Undo } from "../../types.js";
import type { InnerConverse, MessageAttributes } from "../models.js";
import { childrenOf } from "../stanza-view.js";
import { namespaceOf } from "./namespace.js";

const DELAY = "urn:xmpp:delay";

/**
 * Has Converse believe the date of a live message only where the room wrote it (XEP-0203 §4): all releases
 * take anybody's.
 *
 * @returns the undo
 */
export function guardDates({ api: { listen } }: InnerConverse): Undo {
  const judge = (stanza: Element, attributes: MessageAttributes) => {
    // In an archive the archive wrote it.
    if (!attributes.is_delayed || attributes.is_archived) return attributes;
    const room = bareJid(stanza.getAttribute("from") ?? "");
    const stamps = childrenOf(stanza)
      .filter(
        (child) =>
          child.localName === "delay" &&
          namespaceOf(child) === DELAY &&
          child.getAttribute("from")?.toLowerCase() === room,
      )
      .map((delay) => Date.parse(delay.getAttribute("stamp") ?? ""));
    const time = stamps.pop() ?? NaN;
    attributes.is_delayed = !Number.isNaN(time);
    const date = attributes.is_delayed ? new Date(time) : new Date();
    attributes.time = date.toISOString();
    return attributes;
  };
  listen.on("parseMUCMessage", judge);
  return () => listen.not("parseMUCMessage", judge);
}
