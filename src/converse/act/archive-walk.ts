import {
  firstPage,
  nextPage,
  type Anchor,
  type PageStart,
} from "../../core/catch-up/pages.js";
import type { RoomJid } from "../../core/events.js";
import type { Archive, ArchivePage } from "./archive.js";

/** How often an archive is asked for the same page in vain. */
const MOST_TRIES = 3;

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
export const begin = (anchor: Anchor): Progress => ({
  from: firstPage(anchor),
  failures: 0,
});

/** Reads an archive page by page to the end. */
export async function walkArchive(
  archive: Archive,
  room: RoomJid,
  anchor: Anchor,
  progress: Progress,
  reader: Reader,
): Promise<WalkEnd> {
  for (;;) {
    const { from } = progress;
    const page: ArchivePage = await archive.page(room, from, reader.max);
    if (reader.isStale()) return "stale";
    const isThere = page.kind === "page";
    if (!isThere && !reader.isOpen()) {
      if (page.kind === "no-answer" || page.kind === "not-sent") {
        reader.onSilence();
      }
      await reader.whenOpen();
      if (reader.isStale()) return "stale";
      continue;
    }
    if (isThere) progress.failures = 0;
    else if (page.kind !== "not-sent") progress.failures++;
    const next = nextPage(from, page, anchor, progress.failures, MOST_TRIES);
    if (next.kind === "pause") return "paused";
    if (next.kind === "again") continue;
    await reader.read(page);
    if (reader.isStale()) return "stale";
    if (next.kind === "end") return next.isComplete ? "complete" : "incomplete";
    progress.from = next.from;
    progress.failures = 0;
  }
}
