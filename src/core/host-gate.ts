import type { RoomJid } from "../types.js";
import { hostOf } from "./jid.js";

interface Host {
  /** The room whose ping is in flight. */
  asking: RoomJid | null;
  /** Rooms that wait for their turn to ping, in that order. */
  readonly queue: RoomJid[];
  /** While the host is away: the one room that asks after it. */
  probe: RoomJid | null;
  /** While the host is away: the rooms that wait with the probe. */
  readonly held: Set<RoomJid>;
}

/** What a room that wants to ping is told: do it, you will be called, or your host is away. */
export type Admission = "now" | "later" | "away";

/**
 * Who may ask after a host. One room at a time: a tab that comes to the front with a hundred rooms does
 * not send a hundred pings at once. And while the host is away only one room, the probe, for all of them.
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
   * A room found its host away.
   *
   * @returns the rooms that wait with the probe from now on, this one included unless it is the probe
   */
  away(room: RoomJid): RoomJid[] {
    const host = this.hostFor(room);
    host.probe ??= room;
    const joining = host.queue.splice(0);
    if (host.asking !== null && host.asking !== host.probe)
      joining.push(host.asking);
    if (host.probe !== room) joining.push(room);
    host.asking = null;
    const fresh = joining.filter((other) => !host.held.has(other));
    for (const other of fresh) host.held.add(other);
    return fresh;
  }

  /**
   * A host is there.
   *
   * @returns the rooms that were waiting for it
   */
  back(domain: string): RoomJid[] {
    const host = this.hosts.get(domain);
    if (!host || host.probe === null) return [];
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
    };
    this.hosts.set(domain, host);
    return host;
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index !== -1) list.splice(index, 1);
}
