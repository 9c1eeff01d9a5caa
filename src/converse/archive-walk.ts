import {
  firstPage,
  nextPage,
  type Anchor,
  type PageStart,
} from "../core/history.js";
import type { RoomJid } from "../types.js";
import type { Archive, ArchivePage } from "./archive.js";

/** How often an archive is asked for the same page in vain. */
const MOST_TRIES = 3;

/** Somebody who wants to know what an archive has. */
export interface Reader {
  /** How many messages they want on a page. */
  readonly max: number;
  /** Whether they do not want to know any more. */
  isStale(): boolean;
  /** Resolves when the room has let us in: before, its archive may be closed. */
  whenOpen(): Promise<void>;
  read(page: ArchivePage): Promise<void>;
}

/**
 * Reads an archive from an anchor on, page by page to the end.
 *
 * @returns whether nothing is missing; null when the reader does not want to know any more
 */
export async function walkArchive(
  archive: Archive,
  room: RoomJid,
  anchor: Anchor,
  reader: Reader,
): Promise<boolean | null> {
  let from: PageStart = firstPage(anchor);
  for (let failures = 0; ;) {
    const page: ArchivePage = await archive.page(room, from, reader.max);
    if (reader.isStale()) return null;
    failures = page.kind === "page" ? 0 : failures + 1;
    const next = nextPage(from, page, anchor, failures, MOST_TRIES);
    if (next.kind === "again") {
      await reader.whenOpen();
      if (reader.isStale()) return null;
      continue;
    }
    failures = 0;
    await reader.read(page);
    if (reader.isStale()) return null;
    if (next.kind === "end") return next.isComplete;
    from = next.from;
  }
}
