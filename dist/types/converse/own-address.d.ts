import type { Compat } from "./compat.js";
/**
 * The own full JID, as the server knows it.
 *
 * After a page reload 14.0.0 gives itself a new resource before it knows whether the old stream can be
 * resumed, and keeps it when it can: then only the server's own stanzas tell the address of the stream.
 */
export declare class OwnAddress {
    private readonly compat;
    private seen;
    constructor(compat: Compat);
    /**
     * A stanza came in. A message to a resource that is gone reaches another one, so messages tell nothing;
     * presences and IQs reach the resource that they name, or none (RFC 6121 §8.5.3).
     */
    note(stanza: Element): void;
    /** Null while nobody is logged in. */
    fullJid(): string | null;
}
