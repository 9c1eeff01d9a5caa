import type { Outbox } from "../../core/outbox/outbox-state.js";
import type { Pending } from "../../core/outbox/pending.js";
import { readPending, writePending } from "../../core/outbox/stored-message.js";
import type { RoomJid } from "../../core/events.js";
import type { OutboxStorePort, Undo } from "../../ports.js";
import { storageOrNull } from "./registrations.js";
import { Shelf } from "./storage.js";
import { TabCopies } from "./tab-copies.js";

const PREFIX = "converse-muc-push-outbox:";

/**
 * What the user has said and no room has confirmed. It survives a reload of the page, and is gone after a
 * logout: these are private messages. One item for each message, so that tabs which share a connection
 * don't undo each other's changes.
 */
export class OutboxStore implements OutboxStorePort {
  private readonly shelf: Shelf;
  private readonly copies = new TabCopies();

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

  /** The messages that this account has left over; null while nobody is logged in. */
  load(): Pending[] | null {
    if (this.account() === null) return null;
    const keys = this.shelf.keys(this.prefix());
    if (!this.isShared) this.copies.claim(keys);
    const texts = keys.map((key) => this.shelf.get(key));
    return texts.flatMap((text) => (text ? readPending(text) : null) ?? []);
  }

  mirror(before: Outbox, after: Outbox): void {
    const kept = new Set(after.entries.map(this.keyOf, this));
    for (const key of before.entries.map(this.keyOf, this)) {
      if (!kept.has(key)) this.shelf.remove(key);
    }
    const known = new Set(before.entries);
    for (const entry of after.entries) {
      // Full, or forbidden: then it lasts as long as the page.
      if (known.has(entry)) continue;
      this.shelf.set(this.keyOf(entry), writePending(entry));
    }
  }

  /** Forgets everybody's messages. */
  clear(): void {
    for (const key of this.shelf.keys(PREFIX)) this.shelf.remove(key);
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
