import type { RoomJid } from "../events.js";
import { hostOf } from "../jid.js";

interface Host {
  /** The room whose ping is in flight. */
  asking: RoomJid | null;
  /** Rooms that wait for their turn to ping, in that order. */
  readonly queue: RoomJid[];
  /** While the host is away: the one room that asks after it. */
  probe: RoomJid | null;
  /** While the host is away: the rooms that wait with the probe, in the order in which they will be it. */
  readonly held: Set<RoomJid>;
  /** When anything was last heard from the host; minus infinity for never. */
  heardAt: number;
}

/** A host is away: what that means for its rooms. */
export interface Away {
  /** The rooms that wait with the probe from now on and did not before. */
  readonly held: readonly RoomJid[];
  /** The room that asks after the host from now on. */
  readonly probe: RoomJid;
}

/** What a room that wants to ping is told: do it, you will be called, or your host is away. */
export type Admission = "now" | "later" | "away";

/**
 * Who may ask after a host. One room at a time: a tab that comes to the front with a hundred rooms does
 * not send a hundred pings at once. And while the host is away only one room, the probe, for all of them;
 * each time another one, since a room that never answers must not speak for the others.
 */
export class HostGate {
  private readonly hosts = new Map<string, Host>();

  /** A room wants to ping. */
  request(room: RoomJid): Admission {
    const host = this.hostFor(room);
    if (host.probe !== null && host.probe !== room) {
      host.held.add(room);
      return "away";
    }
    if (host.asking === null || host.asking === room) {
      host.asking = room;
      return "now";
    }
    if (!host.queue.includes(room)) host.queue.push(room);
    return "later";
  }

  /**
   * A room does not wait for a ping any more.
   *
   * @returns the room whose turn it is now; null for none
   */
  ended(room: RoomJid): RoomJid | null {
    const host = this.hosts.get(hostOf(room));
    if (!host) return null;
    remove(host.queue, room);
    if (host.asking !== room) return null;
    host.asking = host.queue.shift() ?? null;
    return host.asking;
  }

  /**
   * A room was heard: its ping need not wait for the others.
   *
   * @returns whether it was waiting for its turn
   */
  call(room: RoomJid): boolean {
    const { queue } = this.hostFor(room);
    const isQueued = queue.includes(room);
    remove(queue, room);
    return isQueued;
  }

  /** A room found its host away: the next one asks. */
  away(room: RoomJid): Away {
    const host = this.hostFor(room);
    const waiting = host.queue.splice(0);
    if (host.asking !== null && host.asking !== room) waiting.push(host.asking);
    host.asking = null;
    if (host.probe !== null && host.probe !== room) waiting.push(room);
    const held = waiting.filter(
      (other) => other !== host.probe && !host.held.has(other),
    );
    for (const other of held) host.held.add(other);
    if (host.probe === room) {
      host.held.add(room);
      const [next = room] = host.held;
      host.held.delete(next);
      host.probe = next;
      if (next !== room) held.push(room);
    }
    host.probe ??= room;
    return { held, probe: host.probe };
  }

  /** Whether a room is the one that asks after its host, which is away. */
  isProbe(room: RoomJid): boolean {
    return this.hosts.get(hostOf(room))?.probe === room;
  }

  /** Whether anything was heard from a host since then. */
  isHeardSince(domain: string, time: number): boolean {
    const heardAt = this.hosts.get(domain)?.heardAt;
    return heardAt !== undefined && heardAt >= time;
  }

  /**
   * A host is there.
   *
   * @returns the rooms that were waiting for it
   */
  back(domain: string, now: number): RoomJid[] {
    const host = this.hosts.get(domain);
    if (!host) return [];
    host.heardAt = now;
    if (host.probe === null) return [];
    const rooms = [host.probe, ...host.held];
    host.probe = null;
    host.held.clear();
    return rooms;
  }

  /**
   * Nobody wants to be in a room any more.
   *
   * @returns the room that asks after the host from now on, when this was the probe; null otherwise
   */
  forget(room: RoomJid): RoomJid | null {
    const host = this.hosts.get(hostOf(room));
    if (!host) return null;
    host.held.delete(room);
    if (host.probe !== room) return null;
    const [next = null] = host.held;
    host.probe = next;
    if (next !== null) host.held.delete(next);
    return next;
  }

  /** Forgets everything: after a broken stream nothing that was known of a host holds. */
  clear(): void {
    this.hosts.clear();
  }

  private hostFor(room: RoomJid): Host {
    const domain = hostOf(room);
    const host = this.hosts.get(domain) ?? {
      asking: null,
      queue: [],
      probe: null,
      held: new Set<RoomJid>(),
      heardAt: -Infinity,
    };
    this.hosts.set(domain, host);
    return host;
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index !== -1) list.splice(index, 1);
}
