import { outboxOf, type Membership } from "../../core/membership.js";
import { isHeld, latestOf, type Pending } from "../../core/outbox/pending.js";
import { readPending, writePending } from "../../core/outbox/stored-message.js";
import type { RoomJid } from "../../core/events.js";
import type { RoomEvent } from "../../core/room-events.js";
import type { Desk, Mirror, Undo } from "../../ports.js";
import { storageOrNull } from "./registrations.js";
import { Shelf } from "./storage.js";
import { TabCopies } from "./tab-copies.js";

const PREFIX = "converse-muc-push-outbox:";

/** Whether an event brings what is stored: only a message that waited may go out by it. */
const isOutOfStore = (event: RoomEvent): boolean =>
  event.type === "restored" ||
  (event.type === "absorbed" && (!event.entry || !isHeld(event.entry)));

/**
 * What the user has said and no room has confirmed. It survives a reload of the page, and is gone after a
 * logout: these are private messages. One item for each message, so that tabs which share a connection
 * don't undo each other's changes.
 */
export class OutboxStore implements Mirror {
  private readonly shelf: Shelf;
  private readonly copies = new TabCopies();
  private isRestored = false;

  /**
   * @param isShared whether tabs share one connection, and so all that waits
   * @param account the own bare JID: nobody shall send what somebody else has said in the same tab; null
   *   while nobody is logged in
   */
  constructor(
    private readonly isShared: boolean,
    private readonly account: () => string | null,
  ) {
    this.shelf = new Shelf(storageOrNull(isShared));
  }

  /** A session begins, or goes on: tells the rooms of the messages of the page before, once. */
  restore(desk: Desk): void {
    const stored = this.isRestored ? null : this.load();
    if (!stored) return;
    this.isRestored = true;
    const latest = latestOf(stored);
    for (const room of new Set(stored.map((entry) => entry.room))) {
      const entries = stored.filter((entry) => entry.room === room);
      desk.tell(room, { type: "restored", entries, latest });
    }
  }

  /** The messages that this account has left over; null while nobody is logged in. */
  load(): Pending[] | null {
    if (this.account() === null) return null;
    const keys = this.shelf.keys(this.prefix());
    if (!this.isShared) this.copies.claim(keys);
    const texts = keys.map((key) => this.shelf.get(key));
    return texts.flatMap((text) => (text ? readPending(text) : null) ?? []);
  }

  stepped(
    _room: RoomJid,
    is: Membership,
    was: Membership,
    event: RoomEvent,
  ): void {
    const [before, after] = [outboxOf(was), outboxOf(is)];
    if (after === before || isOutOfStore(event)) return;
    const kept = new Set(after.entries.map((entry) => this.keyOf(entry)));
    for (const key of before.entries.map((entry) => this.keyOf(entry))) {
      if (!kept.has(key)) this.shelf.remove(key);
    }
    const known = new Set<unknown>(before.entries);
    if (event.type === "absorbed") known.add(event.entry);
    for (const entry of after.entries) {
      // Full, or forbidden: then it lasts as long as the page.
      if (known.has(entry)) continue;
      this.shelf.set(this.keyOf(entry), writePending(entry));
    }
  }

  forgotten(): void {
    this.isRestored = false;
  }

  /** Forgets everybody's messages. */
  clear(): void {
    this.shelf.clear(PREFIX);
  }

  /**
   * Follows what other tabs do: with the same connection, or with a copy of what is kept here.
   *
   * @param onChange told about each message that changed; null when another tab is done with it, or sends it
   */
  watch(
    onChange: (entry: Pending | null, room: RoomJid, id: string) => void,
  ): Undo {
    const tell = (key: string, text: string | null) => {
      const [room = "", id = ""] = key.slice(this.prefix().length).split("\n");
      const entry = text === null ? null : readPending(text);
      if (entry || text === null) onChange(entry, room, id);
    };
    if (!this.isShared) {
      return this.copies.watch(
        (key) => key.startsWith(this.prefix()) && this.shelf.get(key) !== null,
        (key) => {
          this.shelf.remove(key);
          tell(key, null);
        },
      );
    }
    const listener = ({ storageArea, key, newValue }: StorageEvent) => {
      const isOurs = storageArea === this.shelf.storage;
      if (isOurs && key?.startsWith(this.prefix())) tell(key, newValue);
    };
    window.addEventListener("storage", listener);
    return () => window.removeEventListener("storage", listener);
  }

  private prefix(): string {
    return `${PREFIX}${this.account() ?? ""}\n`;
  }

  private keyOf({ room, id }: Pending): string {
    return `${this.prefix()}${room}\n${id}`;
  }
}
