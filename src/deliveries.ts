import { judgeMessageError } from "./core/outbox/message-error.js";
import {
  Outbox,
  type Draft,
  type Echo,
  type FailReason,
  type Journal,
  type Pending,
} from "./core/outbox/outbox.js";
import type { RoomJid, StanzaError } from "./core/events.js";
import type { ClockPort, Undo } from "./ports.js";

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

/** How handing a stanza over ended; `never` when it is none. */
export type SendOutcome = "sent" | "not-now" | "never";

export interface DeliveryPorts {
  readonly clock: ClockPort;
  readonly store: OutboxStorePort;
  readonly way: WayPort;
  /** Gives a stanza to the user's server. */
  send(xml: string): SendOutcome;
  /** Whether a room has an archive that is read. */
  hasArchive(room: RoomJid): boolean;
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
/** What a message is known by among those of all rooms. */
export const keyOf = ({ room, id }: { room: RoomJid; id: string }): string =>
  `${room} ${id}`;

/** Sees to it that what the user says in a room is delivered once, or shown as failed. */
export class Deliveries {
  private outbox: Outbox;
  private cancelTimer: Undo = nothing;
  /** The version of the outbox that was shown last. */
  private shown = -1;
  /** What the clock on the wall said when this began; from then on nobody sets it. */
  private readonly epoch: number;
  /** End the waits for errors to private messages. */
  private readonly waits = new Set<Undo>();
  private readonly endings = new Map<string, (isDelivered: boolean) => void>();

  /**
   * @param maxWaitMs how long a message waits for its room, in milliseconds
   * @param answerMs after this many milliseconds without an error a private message has arrived
   */
  constructor(
    private readonly ports: DeliveryPorts,
    private readonly maxWaitMs: number,
    private readonly answerMs: number,
    private readonly listener: DeliveryListener,
  ) {
    this.outbox = new Outbox(ports.store);
    this.epoch = ports.clock.now() - ports.clock.elapsed();
  }

  /**
   * The user sends a message.
   *
   * @returns whether it goes to the server now
   */
  offer(draft: Draft, isConnected: boolean): boolean {
    const { way } = this.ports;
    const { room } = draft;
    if (!way.isKept(room)) return true;
    const isOpen = isConnected && way.isOpen(room);
    if (!isOpen) this.outbox.closed(room);
    const isSent = this.outbox.offer(draft, isOpen, this.now()) === "send";
    if (isSent) this.awaitError(draft);
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
   * @param isPrivate whether the error came from an occupant's JID
   */
  bounced(
    room: RoomJid,
    ids: readonly string[],
    error: StanzaError,
    isPrivate = false,
  ): void {
    for (const id of ids) {
      const entry = this.outbox.find(room, id);
      // An occupant has no say in what goes to the room.
      if (!entry || (isPrivate && !entry.isPrivate)) continue;
      if (!this.outbox.bounced(room, id, error)) this.end(entry, false);
      this.tellFailed([this.outbox.find(room, id)]);
      return this.follow();
    }
  }

  /** Whether something may be with a room, or may be lost. */
  isDoubtful(room: RoomJid): boolean {
    return this.outbox
      .all(room)
      .some(({ phase, isPrivate }) => phase.tag === "doubtful" && !isPrivate);
  }

  /**
   * Since when something that the user said in a room is unconfirmed, in milliseconds since 1970 by this
   * machine's clock: what is looked for in an archive is not older. Null when there is nothing to look for.
   */
  unconfirmedSince(room: RoomJid): number | null {
    const open = this.outbox
      .all(room)
      .find(
        ({ tries, phase, isPrivate }) =>
          tries > 0 && phase.tag !== "failed" && !isPrivate,
      );
    return open ? open.sentAt + this.ports.clock.now() - this.now() : null;
  }

  /** Whether a message is cared for here: what its error means is not Converse's to say. */
  isOurs(room: RoomJid, id: string): boolean {
    return this.outbox.find(room, id) !== undefined;
  }

  /**
   * Whether an error that a room sent for a message is none that the user has to see. The room's last word is
   * Converse's to say, and ends the message here as well, however late it is heard of.
   */
  isErrorOurs(room: RoomJid, id: string, error: StanzaError): boolean {
    const meaning = judgeMessageError(error, { room, isPrivate: false });
    if (meaning === "final") this.bounced(room, [id], error);
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
    const { isLeader, hasArchive } = this.ports;
    if (!isLeader()) return;
    const isArchive = hasArchive(room);
    const opening = { isHistoryKnown, isArchive };
    const { out, failed } = this.outbox.toSend(room, opening);
    this.tellFailed(failed);
    this.hand(out);
    this.follow();
  }

  /** What the user's server can't have now waits on, and all that is behind it. */
  private hand(entries: readonly Pending[]): void {
    let isStuck = false;
    for (const entry of entries) {
      const outcome: SendOutcome = isStuck
        ? "not-now"
        : this.ports.send(entry.xml);
      isStuck = outcome === "not-now";
      if (outcome === "sent") this.awaitError(entry);
      if (outcome === "never") this.tellFailed(this.outbox.spoil(entry));
      if (outcome === "not-now") this.outbox.unsent(entry);
    }
  }

  /** A private message has no echo: time without an error is its only confirmation. */
  private awaitError({ room, isPrivate }: Draft): void {
    if (!isPrivate) return;
    const { outbox } = this;
    const { lastSent } = outbox;
    const cancel = this.ports.clock.after(this.answerMs, () => {
      this.waits.delete(cancel);
      const done = outbox.unrefused(room, lastSent);
      for (const entry of done) this.end(entry, true);
      this.follow();
    });
    this.waits.add(cancel);
  }

  /** A request goes to a room; returns what to call when the room has answered that we are in. */
  asked(room: RoomJid): () => void {
    const { outbox } = this;
    const { lastSent } = outbox;
    return () => {
      for (const entry of outbox.proven(room, lastSent)) this.end(entry, true);
      this.follow();
    };
  }

  /** The user's own stream broke. */
  streamBroke(): void {
    this.tellFailed(this.outbox.streamBroke());
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
    const { way } = this.ports;
    const entry = this.outbox.retry(room, id, this.now());
    if (!entry) return;
    this.listener.onRevived(entry);
    if (way.isOpen(room)) this.opened(room, false);
    this.follow();
  }

  /** A session begins: takes up what was left over. */
  restore(): void {
    this.outbox = new Outbox(this.ports.store);
    this.outbox.restore(this.ports.store.load(), this.now());
    this.shown = -1;
    this.follow();
  }

  /** Another tab has changed a message, or is done with it. */
  absorb(entry: Pending | null, room: RoomJid, id: string): void {
    if (entry) this.outbox.absorb(entry, this.ports.way.isOpen(room));
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
    for (const cancel of this.waits) cancel();
    this.waits.clear();
    this.outbox = new Outbox(this.ports.store);
    this.shown = -1;
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

  /** Milliseconds since 1970 by a clock that nobody sets while the page is open. */
  private now(): number {
    return this.epoch + this.ports.clock.elapsed();
  }

  /** Shows what has changed, and has the timer ring for what expires next. */
  private follow(): void {
    if (this.shown === this.outbox.version) return;
    this.shown = this.outbox.version;
    this.endForgotten();
    this.setTimer();
    this.listener.onWaiting(this.outbox.waiting());
  }

  private setTimer(): void {
    this.cancelTimer();
    this.cancelTimer = nothing;
    const at = this.outbox.nextExpiry(this.maxWaitMs);
    if (at === null) return;
    const waitMs = Math.max(0, at - this.now());
    this.cancelTimer = this.ports.clock.after(waitMs, () => {
      // A timer that rings a moment early, by rounding, is due all the same.
      const now = Math.max(at, this.now());
      this.tellFailed(this.outbox.expire(now, this.maxWaitMs));
      this.follow();
    });
  }
}
