import type { Compat } from "./compat/compat.js";
/**
 * The own full JID. What Strophe says may be wrong: when a page is reloaded and its stream resumed,
 * Converse 12 and 14 make up a new resource that the server never hears of. What the server addresses us
 * by is right.
 */
export declare class OwnJid {
    private readonly compat;
    private seen;
    constructor(compat: Compat);
    /** A stanza came that was addressed so. */
    note(to: string | null): void;
    /**
     * The own full JID; null while nobody is logged in.
     *
     * @param earlier the full JID of a seat that was found kept: then it is that one still
     */
    get(earlier: string | null): string | null;
}
