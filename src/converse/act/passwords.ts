import type { RoomJid } from "../../core/events.js";
import { childNamed, MUC } from "../stanza-view.js";

interface Password {
  readonly text: string;
  /** Whether the room has let the user in with it. */
  isProven: boolean;
}

/**
 * The passwords with which rooms were joined (XEP-0045 §7.2.6): Converse forgets one that was typed by hand,
 * and could not come back. They are in memory alone, never stored and never logged.
 */
export class Passwords {
  /** The password of the last join of each room that had one. */
  private readonly sent = new Map<RoomJid, Password>();

  /** A join is about to go out: without a password it gets the one that the room took last. */
  onJoin(room: RoomJid, presence: Element): void {
    const x = childNamed(presence, "x", MUC);
    const known = this.sent.get(room);
    const given = childNamed(x, "password")?.textContent;
    if (given) {
      const isProven = known?.text === given && known.isProven;
      this.sent.set(room, { text: given, isProven });
    } else if (known?.isProven && x) {
      const password = presence.ownerDocument.createElementNS(MUC, "password");
      password.textContent = known.text;
      x.appendChild(password);
    } else {
      this.sent.delete(room);
    }
  }

  /** A room has let the user in. */
  onEntered(room: RoomJid): void {
    const password = this.sent.get(room);
    if (password) password.isProven = true;
  }

  /**
   * A room wants a password, or another one.
   *
   * @returns whether the user has entered the one that it refuses
   */
  onRefused(room: RoomJid): boolean {
    const password = this.sent.get(room);
    this.sent.delete(room);
    return password !== undefined && !password.isProven;
  }

  /** The user has left a room. */
  forget(room: RoomJid): void {
    this.sent.delete(room);
  }

  /** The session is over. */
  clear(): void {
    this.sent.clear();
  }
}
