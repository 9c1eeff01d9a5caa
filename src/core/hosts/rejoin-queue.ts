import type { RoomJid } from "../events.js";
import { hostOf } from "../jid.js";

/**
 * Whose turn it is to join. A few at a time, because a join of a large room is costly for everybody: the
 * room that the user looks at first, then by turns among the hosts, so that a slow host holds up only its
 * own rooms.
 */
export class RejoinQueue {
  private readonly queued: RoomJid[] = [];
  private readonly active = new Set<RoomJid>();

  /** @param cap how many joins may be under way at a time */
  constructor(private readonly cap: number) {}

  /** A room wants to join. */
  add(room: RoomJid): void {
    if (!this.queued.includes(room)) this.queued.push(room);
  }

  /** Converse joins a room by itself: it needs no place. */
  dequeue(room: RoomJid): void {
    const index = this.queued.indexOf(room);
    if (index !== -1) this.queued.splice(index, 1);
  }

  /** Nobody joins any more: the stream is broken. */
  clear(): void {
    this.queued.length = 0;
    this.active.clear();
  }

  /**
   * A room does not join any more: it is in, or out for now, or for good.
   *
   * @returns whether a place has become free
   */
  remove(room: RoomJid): boolean {
    this.dequeue(room);
    return this.active.delete(room);
  }

  /**
   * The next room that may join; it counts as joining until it is removed.
   *
   * @returns null when none wants to, or enough are at it
   */
  take(isVisible: (room: RoomJid) => boolean): RoomJid | null {
    if (this.active.size >= this.cap) return null;
    const room = this.queued.find(isVisible) ?? this.leastBusy();
    if (room === undefined) return null;
    this.dequeue(room);
    this.active.add(room);
    return room;
  }

  /** The first room of the host with the fewest joins under way. */
  private leastBusy(): RoomJid | undefined {
    const busy = (room: RoomJid) =>
      [...this.active].filter((other) => hostOf(other) === hostOf(room)).length;
    let best = this.queued[0];
    for (const room of this.queued) {
      if (best !== undefined && busy(room) < busy(best)) best = room;
    }
    return best;
  }
}
