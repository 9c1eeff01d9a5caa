import { step } from "./core/outbox/outbox.js";
import {
  EMPTY,
  find,
  isInDoubt,
  unconfirmedSince,
  wakesAt,
  type Outbox,
  type OutboxEffect,
  type OutboxEvent,
  type OutboxLimits,
} from "./core/outbox/outbox-state.js";
import {
  byClockOf,
  isHeld,
  isSent,
  type Draft,
  type Pending,
} from "./core/outbox/pending.js";
import type { FinalReason, RoomJid } from "./core/events.js";
import type { OutboxDesk, OutboxPorts, Undo } from "./ports.js";

interface Box {
  outbox: Outbox;
  cancelTimer: Undo | undefined;
}

/** Runs the outbox of each room: tells it events, carries out its effects, and keeps one timer. */
export class Outboxes implements OutboxDesk {
  private readonly boxes = new Map<RoomJid, Box>();
  /** The time of day when the page began: nobody sets the clock that counts from there. */
  private readonly epoch: number;
  private isRestored = false;

  constructor(
    private readonly ports: OutboxPorts,
    private readonly limits: OutboxLimits,
  ) {
    this.epoch = ports.clock.now() - ports.clock.elapsed();
  }

  of(room: RoomJid): Outbox {
    return this.boxes.get(room)?.outbox ?? EMPTY;
  }

  tell(room: RoomJid, event: OutboxEvent, now = this.now()): void {
    const { ports, limits } = this;
    const before = this.of(room);
    const way = ports.wayOf(room);
    const hasArchive = ports.hasArchive(room);
    const moment = { now, way, hasArchive, limits };
    const { outbox, effects } = step(before, event, moment);
    if (outbox !== before) {
      this.set(room, outbox);
      // Events out of the store are not written again.
      const isStored = event.type === "restored" || event.type === "absorbed";
      if (!isStored) ports.store.mirror(before, outbox);
      ports.screen.mirror(room, outbox);
    }
    this.run(room, effects);
  }

  /** Tells each room that the user's own stream broke. */
  streamBroke(): void {
    for (const room of this.boxes.keys())
      this.tell(room, { type: "stream-broke" });
  }

  /** The user sends a message. @returns whether it goes to the server now; otherwise it is kept here */
  offer(draft: Draft, isConnected: boolean): boolean {
    const { room, id } = draft;
    if (!this.ports.isKept(room)) return true;
    this.tell(room, { type: "typed", draft, isConnected });
    const entry = find(this.of(room), id);
    return entry !== undefined && isSent(entry);
  }

  /** Whether a stanza that is worthless later may go to a room now. */
  isWayOpen(room: RoomJid): boolean {
    return !this.ports.isKept(room) || this.ports.wayOf(room) === "open";
  }

  /** A request goes to a room; the caller tells by the returned function that the room has answered it. */
  asked(room: RoomJid): () => void {
    const box = this.boxes.get(room);
    const turn = this.of(room).lastTurn;
    return () => {
      // An answer to the session before says nothing.
      const isCurrent = this.boxes.get(room) === box;
      if (isCurrent) this.tell(room, { type: "answered", turn });
    };
  }

  opened(room: RoomJid, isHistoryKnown: boolean): void {
    if (!this.ports.isLeader()) return;
    this.tell(room, { type: "way-opened", isHistoryKnown });
  }

  closed(room: RoomJid): void {
    this.tell(room, { type: "way-closed" });
  }

  departed(room: RoomJid, reason: FinalReason): void {
    this.tell(room, { type: "departed", reason });
  }

  isDoubtful(room: RoomJid): boolean {
    return isInDoubt(this.of(room));
  }

  /**
   * The time since which the archive of a room may have messages of the user's that are not confirmed, in
   * milliseconds since 1970 by the clock of the machine; null when there are none.
   */
  unconfirmedSince(room: RoomJid): number | null {
    const since = unconfirmedSince(this.of(room));
    const setBy = this.ports.clock.now() - this.now();
    return since === null ? null : since + setBy;
  }

  sendAgain(room: RoomJid, id: string): void {
    this.tell(room, { type: "send-again", id });
    this.resume(room);
  }

  /** Another tab has changed a message, or is done with it: null. */
  absorb(entry: Pending | null, room: RoomJid, id: string): void {
    this.tell(room, { type: "absorbed", id, entry });
    if (entry && isHeld(entry)) this.resume(room);
  }

  /** A session begins, or goes on: takes up the messages of the page before, once. */
  restore(): void {
    const stored = this.isRestored ? null : this.ports.store.load();
    if (!stored) return;
    this.stop();
    this.isRestored = true;
    const entries = byClockOf(this.now(), stored);
    for (const room of new Set(entries.map((entry) => entry.room))) {
      const own = entries.filter((entry) => entry.room === room);
      this.tell(room, { type: "restored", entries: own });
    }
  }

  /** Forgets everything but the store, and stops the timers; a second call does nothing. */
  stop(): void {
    const { acts, screen } = this.ports;
    this.isRestored = false;
    for (const [room, { outbox, cancelTimer }] of this.boxes) {
      cancelTimer?.();
      this.boxes.delete(room);
      screen.mirror(room, EMPTY);
      for (const { id } of outbox.entries) acts.ended(room, id, false);
    }
  }

  /** Sends the messages that wait, where the way is open. */
  private resume(room: RoomJid): void {
    if (this.ports.wayOf(room) === "open") this.opened(room, false);
  }

  private run(room: RoomJid, effects: readonly OutboxEffect[]): void {
    const { acts } = this.ports;
    const unsent: string[] = [];
    for (const effect of effects) {
      if (effect.type === "failed") acts.failed(effect.entry);
      if (effect.type === "revived") acts.revived(effect.entry);
      if (effect.type === "ended") {
        acts.ended(room, effect.id, effect.isDelivered);
      }
      if (effect.type !== "send") continue;
      const { id, xml } = effect;
      // The user's order: nothing overtakes a message that the server can't have now.
      const outcome = unsent.length > 0 ? "not-now" : acts.send(xml);
      if (outcome === "not-now") unsent.push(id);
      if (outcome === "never") this.tell(room, { type: "unreadable", id });
    }
    if (unsent.length > 0) this.tell(room, { type: "unsent", ids: unsent });
  }

  private set(room: RoomJid, outbox: Outbox): void {
    const box = this.boxes.get(room) ?? { outbox, cancelTimer: undefined };
    this.boxes.set(room, box);
    box.outbox = outbox;
    box.cancelTimer?.();
    box.cancelTimer = undefined;
    const at = wakesAt(outbox, this.limits);
    if (at === null) return;
    const waitMs = Math.max(0, at - this.now());
    box.cancelTimer = this.ports.clock.after(waitMs, () =>
      // A timer that rings a moment early, by rounding, is due all the same.
      this.tell(room, { type: "wake" }, Math.max(at, this.now())),
    );
  }

  /** Milliseconds since 1970 by a clock that nobody sets while the page is open. */
  private now(): number {
    return this.epoch + this.ports.clock.elapsed();
  }
}
