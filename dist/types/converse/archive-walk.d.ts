import { type Anchor, type PageStart } from "../core/history.js";
import type { RoomJid } from "../types.js";
import type { Archive, ArchivePage } from "./archive.js";
/** How far a walk has come. */
export interface Progress {
    from: PageStart;
    /** How often the page that begins there was asked for in vain, in a row. */
    failures: number;
}
/** Somebody who wants to know what an archive has. */
export interface Reader {
    /** How many messages they want on a page. */
    readonly max: number;
    /** Whether they do not want to know any more. */
    isStale(): boolean;
    /** Resolves when the room has let us in: before, its archive may be closed, and the room away. */
    whenOpen(): Promise<void>;
    isOpen(): boolean;
    /** Nobody answers, not even to the join that went before. */
    onSilence(): void;
    read(page: ArchivePage): Promise<void>;
}
/** How a walk ends: with all there is, without, not yet, or with nobody who wants to know. */
export type WalkEnd = "complete" | "incomplete" | "paused" | "stale";
/** Where a walk begins. */
export declare const begin: (anchor: Anchor) => Progress;
/** Reads an archive page by page to the end. */
export declare function walkArchive(archive: Archive, room: RoomJid, anchor: Anchor, progress: Progress, reader: Reader): Promise<WalkEnd>;
