import { bareJid, resourceOf } from "../../core/jid.js";
import type { Echo } from "../../core/outbox/pending.js";
import type { RoomJid } from "../../core/events.js";
import type { Desk } from "../../ports.js";
import { archivedIn, bodyOf, childNamed, errorView } from "../stanza-view.js";

const DELAY = "urn:xmpp:delay";
const STANZA_ID = "urn:xmpp:sid:0";

/** The `id` and the origin-id (XEP-0359 §3.1) of a message, as far as it has them. */
function idsOf(message: Element): string[] {
  const origin = childNamed(message, "origin-id", STANZA_ID);
  const ids = [message.getAttribute("id"), origin?.getAttribute("id")];
  return ids.filter((id): id is string => typeof id === "string");
}

/**
 * Reads what a room says, just now or as the history of a join (XEP-0045 §7.2.13).
 *
 * @param nickOf the nick that a room has confirmed; null when it has not
 */
function readEcho(
  message: Element,
  nickOf: (room: RoomJid) => string | null,
): Echo | null {
  const from = message.getAttribute("from");
  if (from === null || message.getAttribute("type") !== "groupchat")
    return null;
  const room = bareJid(from);
  const nick = resourceOf(from);
  const isLive = childNamed(message, "delay", DELAY) === undefined;
  const isOwn = isLive && nick !== null && nick === nickOf(room);
  const ownBody = isOwn ? bodyOf(message) : null;
  return { room, ids: idsOf(message), ownBody, isLive };
}

/** Reads what an archive has of a room (XEP-0313 §4.2); null when the message is no result of one. */
function readArchived(message: Element): Echo | null {
  const from = message.getAttribute("from");
  const archived = archivedIn(message);
  // Only the room itself knows what it has.
  if (!archived || from === null || resourceOf(from) !== null) return null;
  return {
    room: bareJid(from),
    ids: idsOf(archived.message),
    ownBody: null,
    isLive: false,
  };
}

/**
 * Tells a room's outbox of a message from the user's server: an error, a word of the room, or one out of its
 * archive.
 *
 * @param nickOf the nick that a room has confirmed; null when it has not
 */
export function hearEcho(
  desk: Desk,
  message: Element,
  nickOf: (room: RoomJid) => string | null,
): void {
  if (message.getAttribute("type") === "error") {
    const from = message.getAttribute("from") ?? "";
    const error = errorView(message);
    if (!error) return;
    const isPrivate = resourceOf(from) !== null;
    const ids = idsOf(message);
    return desk.tell(bareJid(from), { type: "bounced", ids, error, isPrivate });
  }
  const echo = readEcho(message, nickOf) ?? readArchived(message);
  if (echo) desk.tell(echo.room, { type: "echoed", ...echo });
}
