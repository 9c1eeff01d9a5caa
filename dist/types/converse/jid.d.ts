/** The bare part of a JID, in lower case: how rooms are told apart (RFC 7622 §3). */
export declare function bareJid(jid: string): string;
/** The resource of a JID: an occupant's nick; null for a bare JID. */
export declare function resourceOf(jid: string): string | null;
