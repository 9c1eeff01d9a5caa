import type { Anchor } from "../core/history.js";
import type { RoomJid } from "../types.js";

const PREFIX = "converse-muc-push-behind:";

/** From where on rooms are to be fetched, so that a reload of the page does not lose what was missed. */
export class AnchorStore {
  /**
   * @param storage where they are kept; null where the browser denies it
   * @param account the own bare JID; null while nobody is logged in
   */
  constructor(
    private readonly storage: Storage | null,
    private readonly account: () => string | null,
  ) {}

  get(room: RoomJid): Anchor | null {
    const value: unknown = this.attempt(() =>
      JSON.parse(this.storage?.getItem(this.keyOf(room)) ?? "null"),
    );
    if (typeof value !== "object" || value === null) return null;
    const { id, at } = value as Partial<Anchor>;
    const isValid =
      (id === null || typeof id === "string") &&
      typeof at === "number" &&
      Number.isFinite(at);
    return isValid ? { id, at } : null;
  }

  set(room: RoomJid, anchor: Anchor): void {
    this.attempt(() =>
      this.storage?.setItem(this.keyOf(room), JSON.stringify(anchor)),
    );
  }

  forget(room: RoomJid): void {
    this.attempt(() => this.storage?.removeItem(this.keyOf(room)));
  }

  /** Forgets everybody's. */
  clear(): void {
    const keys = this.attempt(() => Object.keys(this.storage ?? {})) ?? [];
    for (const key of keys.filter((key) => key.startsWith(PREFIX))) {
      this.attempt(() => this.storage?.removeItem(key));
    }
  }

  private keyOf(room: RoomJid): string {
    return `${PREFIX}${this.account() ?? ""}\n${room}`;
  }

  /** Storage may be full, forbidden or written by somebody else: then a reload forgets. */
  private attempt<T>(access: () => T): T | undefined {
    try {
      return access();
    } catch {
      return undefined;
    }
  }
}
