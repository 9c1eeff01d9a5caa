import type { Pending } from "../../core/outbox/outbox.js";
import { readPending, writePending } from "../../core/outbox/stored-message.js";
import type { RoomJid } from "../../core/events.js";
import type { Undo } from "../../ports.js";
import { storageOrNull } from "./registrations.js";
import { Shelf } from "./storage.js";
import { TabCopies } from "./tab-copies.js";

const PREFIX = "converse-muc-push-outbox:";

/**
 * What the user has said and no room has confirmed. It survives a reload of the page, and is gone after a
 * logout: these are private messages. One item for each message, so that tabs which share a connection
 * don't undo each other's changes.
 */
export class OutboxStore {
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

  /** What this account has left over. */
  load(): Pending[] {
    const keys = this.shelf.keys(this.prefix());
    if (!this.isShared) this.copies.claim(keys);
    const texts = keys.map((key) => this.shelf.get(key));
    return texts.flatMap((text) => (text ? readPending(text) : null) ?? []);
  }

  put(entry: Pending): void {
    // Full, or forbidden: then it lasts as long as the page.
    this.shelf.set(this.keyOf(entry), writePending(entry));
  }

  drop(entry: Pending): void {
    this.shelf.remove(this.keyOf(entry));
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
