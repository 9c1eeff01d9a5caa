import type { PageOutcome, PageStart } from "../core/history.js";
import type { RoomJid } from "../types.js";
import type { Wire } from "./wire.js";
/** A message of an archive. */
export interface ArchivedMessage {
    /** The archive's id of it. */
    readonly id: string;
    /** The stanza that carries it, as the archive sent it. */
    readonly carrier: Element;
    /** The message itself. */
    readonly message: Element;
}
/** A page of an archive. */
export type ArchivePage = PageOutcome & {
    readonly messages: readonly ArchivedMessage[];
};
/** Reads rooms' archives (XEP-0313), a page at a time (XEP-0059). */
export declare class Archive {
    private readonly wire;
    private readonly queries;
    constructor(wire: Wire);
    /**
     * Asks for a page; always ends, never rejects.
     *
     * @param max how many messages at most
     */
    page(room: RoomJid, from: PageStart, max: number): Promise<ArchivePage>;
    /** Takes what a message carries for a page that was asked for. */
    collect(carrier: Element): void;
}
