import type { Anchor } from "../../core/catch-up/pages.js";
import type { RoomJid } from "../../core/events.js";
import { Shelf } from "./storage.js";

const PREFIX = "converse-muc-push-behind:";

/** From where on rooms are to be fetched, so that a reload of the page does not lose what was missed. */
export class AnchorStore {
  private readonly shelf: Shelf;

  /**
   * @param storage where they are kept; null where the browser denies it
   * @param account the own bare JID; null while nobody is logged in
   */
  constructor(
    storage: Storage | null,
    private readonly account: () => string | null,
  ) {
    this.shelf = new Shelf(storage);
  }

  get(room: RoomJid): Anchor | null {
    const { id, at } = this.shelf.read(this.keyOf(room));
    const isValid =
      (id === null || typeof id === "string") &&
      typeof at === "number" &&
      Number.isFinite(at);
    return isValid ? { id, at } : null;
  }

  set(room: RoomJid, anchor: Anchor): void {
    this.shelf.set(this.keyOf(room), JSON.stringify(anchor));
  }

  forget(room: RoomJid): void {
    this.shelf.remove(this.keyOf(room));
  }

  /** Forgets everybody's. */
  clear(): void {
    this.shelf.clear(PREFIX);
  }

  private keyOf(room: RoomJid): string {
    return `${PREFIX}${this.account() ?? ""}\n${room}`;
  }
}
