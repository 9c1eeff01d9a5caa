import type { RoomJid } from "./events.js";
import { bareJid, hostOf, resourceOf } from "./jid.js";

/** A service that says when its rooms can be joined again (ProtoXEP "MUC is ready" 0.0.1). */
export const MUC_READY = "urn:xmpp:muc-ready:0";

/** An invitation to a room: direct (XEP-0249), or through the room itself (XEP-0045 §7.8.2). */
export interface InviteView {
  /** The sender's JID. */
  readonly from: string;
  /** The room that is invited to. */
  readonly room: RoomJid;
  /** Whether it carries the word that the room is ready again. */
  readonly isReady: boolean;
}

/** What an invitation to a room that the user is meant to be in tells. */
export type InviteMeaning = "room-is-ready" | "is-it-still-there";

/**
 * Judges an invitation. Only the room or its service can know that the room is ready; from anybody else
 * the same words are an invitation like any other: somebody thinks that we are not in there.
 */
export function judgeInvite({
  from,
  room,
  isReady,
}: InviteView): InviteMeaning {
  const sender = bareJid(from);
  const isFromRoom =
    resourceOf(from) === null && (sender === room || sender === hostOf(room));
  return isReady && isFromRoom ? "room-is-ready" : "is-it-still-there";
}
