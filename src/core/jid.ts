/** The bare part of a JID, in lower case: how rooms are told apart (RFC 7622 §3). */
export function bareJid(jid: string): string {
  const slash = jid.indexOf("/");
  return (slash === -1 ? jid : jid.slice(0, slash)).toLowerCase();
}

/** The resource of a JID: an occupant's nick; null for a bare JID. */
export function resourceOf(jid: string): string | null {
  const slash = jid.indexOf("/");
  return slash === -1 ? null : jid.slice(slash + 1);
}

/** The domain of a room: rooms of one host come and go together. */
export const hostOf = (room: string): string =>
  room.slice(room.indexOf("@") + 1);
