import { bareJid } from "../core/jid.js";
import type { Undo } from "../ports.js";
import type { InnerConverse, MessageAttributes } from "./converse-types.js";
import { childrenOf } from "./stanza-view.js";
import { namespaceOf } from "./releases/namespace.js";

const DELAY = "urn:xmpp:delay";

/**
 * Has Converse believe the date of a live message only where the room wrote it (XEP-0203 §4): by
 * itself it takes anybody's. A date that names no author may be the room's too, unless it lies in the future.
 *
 * @returns the undo
 */
export function guardDates({ api: { listen } }: InnerConverse): Undo {
  const judge = (stanza: Element, attributes: MessageAttributes) => {
    // In an archive the archive wrote it.
    if (!attributes.is_delayed || attributes.is_archived) return attributes;
    const room = bareJid(stanza.getAttribute("from") ?? "");
    const now = Date.now();
    const [time = NaN] = childrenOf(stanza)
      .filter(
        (child) => child.localName === "delay" && namespaceOf(child) === DELAY,
      )
      .map((delay) => ({
        from: delay.getAttribute("from")?.toLowerCase(),
        time: Date.parse(delay.getAttribute("stamp") ?? ""),
      }))
      .filter(({ from, time }) =>
        from === undefined ? time <= now : from === room,
      )
      .map(({ time }) => time);
    attributes.is_delayed = !Number.isNaN(time);
    const date = new Date(attributes.is_delayed ? time : now);
    attributes.time = date.toISOString();
    return attributes;
  };
  listen.on("parseMUCMessage", judge);
  return () => listen.not("parseMUCMessage", judge);
}
