import type { Pending } from "../core/outbox.js";
import { readPending, writePending } from "../core/pending-json.js";
import type { RoomJid, Undo } from "../types.js";
import { Shelf } from "./shelf.js";

const PREFIX = "converse-muc-push-outbox:";

/**
 * What the user has said and no room has confirmed. It survives a reload of the page, and is gone after a
 * logout: these are private messages. One item for each message, so that tabs which share a connection
 * don't undo each other's changes.
 */
export class OutboxStore {
  private readonly shelf: Shelf;

  /**
   * @param storage where messages are kept; null where the browser denies it
   * @param account the own bare JID: nobody shall send what somebody else has said in the same tab; null
   *   while nobody is logged in
   */
  constructor(
    storage: Storage | null,
    private readonly account: () => string | null,
  ) {
    this.shelf = new Shelf(storage);
  }

  /** What this account has left over. */
  load(): Pending[] {
    const keys = this.shelf.keys(this.prefix());
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
    for (const key of this.shelf.keys(PREFIX)) this.shelf.remove(key);
  }

  /**
   * Follows what other tabs with the same connection do.
   *
   * @param onChange told about each message that changed; null when a tab is done with it
   */
  watch(
    onChange: (entry: Pending | null, room: RoomJid, id: string) => void,
  ): Undo {
    const listener = ({ storageArea, key, newValue }: StorageEvent) => {
      if (
        storageArea !== this.shelf.storage ||
        !key?.startsWith(this.prefix())
      ) {
        return;
      }
      const [room = "", id = ""] = key.slice(this.prefix().length).split("\n");
      const entry = newValue === null ? null : readPending(newValue);
      if (entry || newValue === null) onChange(entry, room, id);
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
