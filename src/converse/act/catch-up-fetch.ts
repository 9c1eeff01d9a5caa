import type { Anchor } from "../../core/catch-up/pages.js";
import type { RoomJid } from "../../core/events.js";
import type { ClockPort } from "../../ports.js";
import { begin, walkArchive } from "./archive-walk.js";
import type { Archive, ArchivePage } from "./archive.js";
import type { Behind, Entry } from "./catch-up-states.js";
import type { Compat } from "../converse.js";
import { latestTime } from "./placing.js";
import type { Rooms } from "./rooms.js";

export interface FetchTarget {
  /** When the oldest message of ours was sent that may be in the archive; null when none is under way. */
  oldestPending(room: RoomJid): number | null;
  /** A room does not answer: it may have lost us again. */
  onSilence(room: RoomJid): void;
  /** The archive is silent. */
  onPaused(room: RoomJid, entry: Entry, state: Behind): void;
  /**
   * Resolves when Converse has read everything.
   *
   * @param isComplete whether the archive gave out all that it has
   */
  onEnd(
    room: RoomJid,
    entry: Entry,
    state: Behind,
    isComplete: boolean,
  ): Promise<void>;
}

/** How long a room's word that we are in is waited for, in milliseconds; one tab may not hear it. */
export const LONGEST_ENTRY_MS = 180_000;

/** Fetches from a room's archive what was missed, and has Converse read it, a page at a time. */
export class CatchUpFetch {
  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly archive: Archive,
    private readonly clock: ClockPort,
    private readonly target: FetchTarget,
  ) {}

  /** Whatever an archive holds, what is live must not wait for ever. */
  start(room: RoomJid, entry: Entry, state: Behind): void {
    this.fetch(room, entry, state).catch((error: unknown) => {
      this.compat.log.debug(`muc-push: archive of ${room}: ${String(error)}`);
      if (entry.state === state)
        void this.target.onEnd(room, entry, state, false);
    });
  }

  /** Fetches what the archive has from the anchor on. */
  private async fetch(
    room: RoomJid,
    entry: Entry,
    state: Behind,
  ): Promise<void> {
    const anchor = state.anchor ?? (await this.readAnchor(room, state));
    if (entry.state !== state || anchor === null) return;
    state.anchor = anchor;
    state.progress ??= begin(anchor);
    const end = await walkArchive(this.archive, room, anchor, state.progress, {
      max: this.compat.archivePageSize(),
      isStale: () => entry.state !== state,
      isOpen: () => state.isEntered,
      onSilence: () => this.target.onSilence(room),
      whenOpen: () => this.whenEntered(state),
      read: (page) => this.read(room, entry, state, page),
    });
    if (end === "stale") return;
    await this.whenEntered(state);
    if (entry.state !== state) return;
    if (end === "paused") {
      state.isPaused = true;
      this.target.onPaused(room, entry, state);
      this.target.onSilence(room);
    } else {
      await this.target.onEnd(room, entry, state, end === "complete");
    }
  }

  /** After a reload: what Converse knows of the room from before. */
  private async readAnchor(
    room: RoomJid,
    state: Behind,
  ): Promise<Anchor | null> {
    await this.whenEntered(state);
    const muc = this.rooms.modelOf(room);
    if (!muc) return null;
    await muc.messages?.fetched;
    const pending = this.target.oldestPending(room);
    const last = this.rooms.lastArchived(muc, pending ?? Infinity);
    return last ?? { id: null, at: pending ?? this.clock.now() };
  }

  /** Resolves when the room has let us in, or has had the time to. */
  private whenEntered(state: Behind): Promise<void> {
    if (state.isEntered) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.clock.after(LONGEST_ENTRY_MS, resolve);
      state.onEntered.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Has Converse read a page into its model. */
  private async read(
    room: RoomJid,
    entry: Entry,
    state: Behind,
    page: ArchivePage,
  ): Promise<void> {
    const { messages } = page;
    const muc = this.rooms.modelOf(room);
    if (!muc || messages.length === 0) return;
    // After a reload of the page Converse first reads what it has stored.
    await muc.messages?.fetched;
    if (entry.lastTime === -Infinity) {
      entry.lastTime = this.rooms.lastTime(muc, latestTime(this.clock.now()));
    }
    const ids = new Set(messages.map(({ id }) => id));
    // What came live meanwhile comes in its order now.
    state.held = state.held.filter(
      (held) => !ids.has(String(held[`stanza_id ${room}`])),
    );
    state.page = ids;
    await this.compat.takeArchived(
      muc,
      messages.map(({ carrier }) => carrier),
    );
    // Should the room be lost again now, it goes on from here.
    const id = page.kind === "page" ? page.last : null;
    if (id !== null) state.anchor = { id, at: state.anchor?.at ?? 0 };
  }
}
