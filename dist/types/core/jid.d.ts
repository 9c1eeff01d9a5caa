/** The bare part of a JID, in lower case: how rooms are told apart (RFC 7622 §3). */
export declare function bareJid(jid: string): string;
/** The resource of a JID: an occupant's nick; null for a bare JID. */
export declare function resourceOf(jid: string): string | null;
/** The domain of a room: rooms of one host come and go together. */
export declare const hostOf: (room: string) => string;
