import {
  Outbox,
  PASSING_ERRORS,
  type Draft,
  type Echo,
  type FailReason,
  type Journal,
  type Pending,
} from "./core/outbox.js";
import type { ClockPort, RoomJid, Undo } from "./types.js";

/** Where messages survive a reload. */
export interface OutboxStorePort extends Journal {
  load(): Pending[];
  clear(): void;
}

/** What is known about the ways into rooms. */
export interface WayPort {
  /** Whether the user wants to be in a room: only then its messages are cared for. */
  isKept(room: RoomJid): boolean;
  /** Whether we have our seat, and everything that the room has of us was reported by `reflected`. */
  isOpen(room: RoomJid): boolean;
}

export interface DeliveryPorts {
  readonly clock: ClockPort;
  readonly store: OutboxStorePort;
  readonly way: WayPort;
  /** Gives a stanza to the user's server. Returns false when that is not possible now. */
  send(xml: string): boolean;
  /** Whether this tab sends what waits; false while another one does. */
  isLeader(): boolean;
}

/** Who hears about messages; called synchronously, and must not throw. */
export interface DeliveryListener {
  /** What waits, or has failed, is not the same as before. */
  onWaiting(entries: readonly Pending[]): void;
  onFailed(entry: Pending, reason: FailReason): void;
  /** A failed message is tried again, or was delivered after all. */
  onRevived(entry: Pending): void;
}

const nothing = () => {};
const keyOf = ({ room, id }: { room: RoomJid; id: string }) => `${room} ${id}`;

/** Sees to it that what the user says in a room is delivered once, or shown as failed. */
export class Deliveries {
  private outbox: Outbox;
  private cancelTimer: Undo = nothing;
  private readonly endings = new Map<string, (isDelivered: boolean) => void>();

  /** @param maxWaitMs how long a message waits for its room, in milliseconds */
  constructor(
    private readonly ports: DeliveryPorts,
    private readonly maxWaitMs: number,
    private readonly listener: DeliveryListener,
  ) {
    this.outbox = new Outbox(ports.store);
  }

  /**
   * The user sends a message.
   *
   * @returns whether it goes to the server now
   */
  offer(draft: Draft, isConnected: boolean): boolean {
    const { way, clock } = this.ports;
    const { room } = draft;
    if (!way.isKept(room)) return true;
    const isOpen = isConnected && way.isOpen(room);
    if (!isOpen) this.outbox.closed(room);
    const isSent = this.outbox.offer(draft, isOpen, clock.now()) === "send";
    this.follow();
    return isSent;
  }

  /** Whether something that is worthless later may go to a room now. */
  isWayOpen(room: RoomJid): boolean {
    const { way } = this.ports;
    return !way.isKept(room) || way.isOpen(room);
  }

  /** A message came from a room, or out of its archive: it may be one of ours. */
  reflected(echo: Echo): void {
    const entry = this.outbox.reflected(echo);
    if (!entry) return;
    if (entry.phase.tag === "failed") this.listener.onRevived(entry);
    this.end(entry, true);
    this.follow();
  }

  /**
   * An error came for a message.
   *
   * @param ids its `id` and origin-id, as far as the error has them
   */
  bounced(room: RoomJid, ids: readonly string[], condition: string): void {
    for (const id of ids) {
      const entry = this.outbox.find(room, id);
      if (!entry) continue;
      if (!this.outbox.bounced(room, id, condition)) this.end(entry, false);
      this.tellFailed([this.outbox.find(room, id)]);
      return this.follow();
    }
  }

  /** Whether something may be with a room, or may be lost. */
  isDoubtful(room: RoomJid): boolean {
    return this.outbox.all(room).some(({ phase }) => phase.tag === "doubtful");
  }

  /**
   * Since when something that the user said in a room is unconfirmed, in milliseconds since 1970 by this
   * machine's clock: what is looked for in an archive is not older. Null when there is nothing to look for.
   */
  unconfirmedSince(room: RoomJid): number | null {
    const open = this.outbox
      .all(room)
      .find(({ tries, phase }) => tries > 0 && phase.tag !== "failed");
    return open?.sentAt ?? null;
  }

  /** Whether a message is cared for here: what its error means is not Converse's to say. */
  isOurs(room: RoomJid, id: string): boolean {
    return this.outbox.find(room, id) !== undefined;
  }

  /**
   * Whether an error that a room sent for a message is none that the user has to see. The room's last word is
   * Converse's to say, and ends the message here as well, however late it is heard of.
   */
  isErrorOurs(room: RoomJid, id: string, condition: string): boolean {
    if (!PASSING_ERRORS.has(condition)) this.bounced(room, [id], condition);
    return this.isOurs(room, id);
  }

  /** Resolves when a message was delivered, with true, or has failed, with false. */
  whenEnded(room: RoomJid, id: string): Promise<boolean> {
    return new Promise((resolve) =>
      this.endings.set(keyOf({ room, id }), resolve),
    );
  }

  /**
   * The room is there, and we are in it.
   *
   * @param isHistoryKnown whether everything that it has of us was reported by `reflected` since we came
   *   back; only then what may have been lost is sent again
   */
  opened(room: RoomJid, isHistoryKnown: boolean): void {
    const { isLeader, send } = this.ports;
    if (!isLeader()) return;
    const entries = this.outbox.toSend(room, isHistoryKnown);
    const firstUnsent = entries.findIndex(({ xml }) => !send(xml));
    if (firstUnsent !== -1) {
      for (const entry of entries.slice(firstUnsent)) this.outbox.unsent(entry);
    }
    this.follow();
  }

  /** The room is out of reach, or we are out of it. */
  closed(room: RoomJid): void {
    this.outbox.closed(room);
    this.follow();
  }

  /** There is no way back into a room. */
  lost(room: RoomJid, reason: FailReason): void {
    this.tellFailed(this.outbox.fail(room, reason));
    this.follow();
  }

  /** The user has left a room: nothing goes there any more. */
  forget(room: RoomJid): void {
    for (const entry of this.outbox.all(room)) this.end(entry, false);
    this.outbox.forget(room);
    this.follow();
  }

  /** What has failed of a message and of what was done to it since, in the user's order. */
  failedAt(room: RoomJid, isTarget: (id: string) => boolean): Pending[] {
    return this.outbox
      .all(room)
      .filter(
        ({ phase, target }) => phase.tag === "failed" && isTarget(target),
      );
  }

  /** The user wants a failed message to be sent again. */
  retry({ room, id }: Pending): void {
    const { clock, way } = this.ports;
    const entry = this.outbox.retry(room, id, clock.now());
    if (!entry) return;
    this.listener.onRevived(entry);
    if (way.isOpen(room)) this.opened(room, false);
    this.follow();
  }

  /** A session begins: takes up what was left over. */
  restore(): void {
    this.outbox = new Outbox(this.ports.store);
    this.outbox.restore(this.ports.store.load());
    this.follow();
  }

  /** Another tab has changed a message, or is done with it. */
  absorb(entry: Pending | null, room: RoomJid, id: string): void {
    if (entry) this.outbox.restore([entry]);
    else this.outbox.remove(room, id);
    if (entry?.phase.tag === "held" && this.ports.way.isOpen(room)) {
      this.opened(room, false);
    }
    this.follow();
  }

  /** The user has logged out: what they said is nobody's business any more. */
  clear(): void {
    this.ports.store.clear();
    this.stop();
    this.listener.onWaiting([]);
  }

  /** Forgets everything but what is stored, and stops the timer. */
  stop(): void {
    this.cancelTimer();
    this.cancelTimer = nothing;
    this.outbox = new Outbox(this.ports.store);
    for (const tell of this.endings.values()) tell(false);
    this.endings.clear();
  }

  private end(entry: Pending, isDelivered: boolean): void {
    const key = keyOf(entry);
    this.endings.get(key)?.(isDelivered);
    this.endings.delete(key);
  }

  /** What is not cared for any more was not delivered, as far as anybody knows. */
  private endForgotten(): void {
    const known = new Set(this.outbox.all().map(keyOf));
    for (const [key, tell] of this.endings) {
      if (known.has(key)) continue;
      this.endings.delete(key);
      tell(false);
    }
  }

  private tellFailed(entries: readonly (Pending | undefined)[]): void {
    for (const entry of entries) {
      if (entry?.phase.tag !== "failed") continue;
      this.listener.onFailed(entry, entry.phase.reason);
      this.end(entry, false);
    }
  }

  /** Shows what has changed, and has the timer ring for what expires next. */
  private follow(): void {
    const { clock } = this.ports;
    this.endForgotten();
    this.cancelTimer();
    this.cancelTimer = nothing;
    const at = this.outbox.nextExpiry(this.maxWaitMs);
    if (at !== null) {
      this.cancelTimer = clock.after(Math.max(0, at - clock.now()), () => {
        this.tellFailed(this.outbox.expire(clock.now(), this.maxWaitMs));
        this.follow();
      });
    }
    this.listener.onWaiting(this.outbox.waiting());
  }
}
