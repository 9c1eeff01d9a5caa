import type { FinalReason, RoomJid } from "../types.js";

/** Why a message could not be delivered. */
export type FailReason = FinalReason | "waited-too-long" | "bounced-too-often";

/**
 * Where a message is. `sent`: on its way, and nothing looks wrong. `doubtful`: it was on its way when the
 * room went out of reach; it arrived, or was lost. `held`: it is not with the room, and waits. `failed`:
 * it does not go out again unless the user says so.
 */
export type Phase =
  | { readonly tag: "sent" | "doubtful" | "held" }
  | { readonly tag: "failed"; readonly reason: FailReason };

/** A message of the user's that the room has not confirmed yet. */
export interface Pending {
  readonly room: RoomJid;
  /** The `id` of the stanza. */
  readonly id: string;
  /** The origin-id (XEP-0359 §3.1); null when it has none. */
  readonly originId: string | null;
  /** The id of the message that shows it: its own, or that of the message it changes or refers to. */
  readonly target: string;
  /** The text for clients that can't read more; null when it has none. */
  readonly body: string | null;
  /** The stanza, without `from`. */
  readonly xml: string;
  /** When the user sent it, in milliseconds since 1970. No two are the same: this is the user's order. */
  readonly sentAt: number;
  /** How often it was given to the server. */
  readonly tries: number;
  readonly phase: Phase;
}

/** A message as the user sends it. */
export type Draft = Omit<Pending, "sentAt" | "tries" | "phase">;

/** A message of a room that may be one of ours. */
export interface Echo {
  readonly room: RoomJid;
  /** Its `id` and origin-id, as far as it has them. */
  readonly ids: readonly string[];
  /** Its text, if it is certain that the user said it in this very stay; null otherwise. */
  readonly ownBody: string | null;
  /** Whether the room said it just now; false for what comes out of a history or an archive. */
  readonly isLive: boolean;
}

/** Keeps what must survive a reload. */
export interface Journal {
  put(entry: Pending): void;
  drop(entry: Pending): void;
}

/**
 * What an error says about a message. These come when the room has forgotten us, or can't be reached: the
 * same message may be welcome later. Every other error is the room's last word.
 */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  "not-acceptable",
  "remote-server-not-found",
  "remote-server-timeout",
]);

/**
 * How often a message goes out at most: each time but the first somebody had confirmed that the room is
 * there and that we are in it. One that bounces still is not welcome.
 */
export const MAX_TRIES = 5;

const SENT: Phase = { tag: "sent" };
const HELD: Phase = { tag: "held" };
const DOUBTFUL: Phase = { tag: "doubtful" };

const isHeld = ({ phase }: Pending) => phase.tag === "held";
const isSent = ({ phase }: Pending) => phase.tag === "sent";
const isFailed = ({ phase }: Pending) => phase.tag === "failed";

/**
 * What the user has said and no room has confirmed: decides what goes out, what waits, and what has failed.
 *
 * | what happens | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | reflected, or found in a history | done | done | done | done |
 * | a later one was reflected | dropped on purpose | – | – | – |
 * | bounced, the room may take it later | held | held | held | – |
 * | bounced otherwise | Converse's | Converse's | Converse's | – |
 * | the way closes | doubtful | – | – | – |
 * | the way opens, history not known | – | – | sent | – |
 * | the way opens, history known | – | sent | sent | – |
 * | waited too long | done | failed | failed | – |
 * | the room is lost | failed | failed | failed | – |
 */
export class Outbox {
  /** In the user's order. */
  private entries: Pending[] = [];
  /** In which order the messages of now went out; one of before a reload has no number. */
  private readonly wire = new Map<string, number>();
  private lastWire = 0;

  constructor(private readonly journal: Journal) {}

  /** Every message of a room, or of all rooms, in the user's order. */
  all(room?: RoomJid): Pending[] {
    return this.entries.filter((entry) => !room || entry.room === room);
  }

  /** The message of a room with this `id` or origin-id. */
  find(room: RoomJid, id: string): Pending | undefined {
    return this.entries.find(
      (entry) =>
        entry.room === room && (entry.id === id || entry.originId === id),
    );
  }

  /** What is shown as waiting or failed; not what is on its way. */
  waiting(): Pending[] {
    return this.entries.filter((entry) => !isSent(entry));
  }

  /**
   * The user sends something, or Converse sends something again.
   *
   * @param isOpen whether the room is there, and everything it has of us is known
   * @param now milliseconds since 1970
   */
  offer(draft: Draft, isOpen: boolean, now: number): "send" | "hold" {
    const known = this.find(draft.room, draft.id);
    // What waits goes first: the room shall have it in the user's order.
    const isFirst = !this.all(draft.room).some(
      (entry) => isHeld(entry) && entry !== known,
    );
    const entry = known ?? {
      ...draft,
      sentAt: this.nextTime(now),
      tries: 0,
      phase: HELD,
    };
    if (isOpen && isFirst) {
      this.markSent(entry);
      return "send";
    }
    this.set({ ...entry, phase: HELD });
    return "hold";
  }

  /** The room has a message; returns it when it is one of these. */
  reflected({ room, ids, ownBody, isLive }: Echo): Pending | null {
    const own = this.all(room);
    const entry =
      own.find(({ id, originId }) =>
        ids.some((other) => other === id || other === originId),
      ) ??
      // Some rooms give every message an id of their own.
      own.find((entry) => isSent(entry) && ownBody && entry.body === ownBody);
    if (!entry) return null;
    if (isLive) {
      // A room answers in order: what it has passed over, it does not want to have.
      const at = this.wireOf(entry);
      for (const other of own) {
        if (isSent(other) && this.wireOf(other) < at) this.drop(other);
      }
    }
    this.drop(entry);
    return entry;
  }

  /**
   * An error came for a message.
   *
   * @returns whether the message is still ours to care for: held, or failed
   */
  bounced(room: RoomJid, id: string, condition: string): boolean {
    const entry = this.find(room, id);
    if (!entry || isFailed(entry)) return false;
    if (!PASSING_ERRORS.has(condition)) {
      this.drop(entry);
      return false;
    }
    this.set({
      ...entry,
      phase:
        entry.tries < MAX_TRIES
          ? HELD
          : { tag: "failed", reason: "bounced-too-often" },
    });
    return true;
  }

  /** The room is out of reach, or we are out of it: what is on its way may be lost. */
  closed(room: RoomJid): void {
    for (const entry of this.all(room)) {
      if (isSent(entry)) this.set({ ...entry, phase: DOUBTFUL });
    }
  }

  /**
   * The way is open again: what goes out now, in this order.
   *
   * @param isHistoryKnown whether every message that the room has of us has been `reflected`
   */
  toSend(room: RoomJid, isHistoryKnown: boolean): Pending[] {
    return this.all(room)
      .filter(({ phase }) =>
        phase.tag === "doubtful" ? isHistoryKnown : phase.tag === "held",
      )
      .map((entry) => this.markSent(entry));
  }

  /** A message could not be given to the server after all. */
  unsent({ room, id }: Pending): void {
    const entry = this.find(room, id);
    if (entry && isSent(entry)) {
      this.set({ ...entry, tries: entry.tries - 1, phase: HELD });
    }
  }

  /** When the next message has waited too long, in milliseconds since 1970; null when none waits. */
  nextExpiry(maxWaitMs: number): number | null {
    const waiting = this.entries.find((entry) => !isFailed(entry));
    return waiting ? waiting.sentAt + maxWaitMs : null;
  }

  /**
   * Gives up what has waited too long.
   *
   * @returns what has failed by that
   */
  expire(now: number, maxWaitMs: number): Pending[] {
    const old = this.entries.filter(
      (entry) => !isFailed(entry) && entry.sentAt + maxWaitMs <= now,
    );
    // In a room where nothing ever went wrong since: it was not lost, and is not wanted.
    for (const entry of old.filter(isSent)) this.drop(entry);
    return this.failAll(
      old.filter((entry) => !isSent(entry)),
      "waited-too-long",
    );
  }

  /**
   * There is no way back into a room.
   *
   * @returns what has failed by that
   */
  fail(room: RoomJid, reason: FailReason): Pending[] {
    const lost = this.all(room).filter((entry) => !isFailed(entry));
    return this.failAll(lost, reason);
  }

  /**
   * The user wants a failed message to be sent after all.
   *
   * @returns the message, now held; null when there is no such message
   */
  retry(room: RoomJid, id: string, now: number): Pending | null {
    const entry = this.find(room, id);
    if (!entry || !isFailed(entry)) return null;
    this.drop(entry);
    const sentAt = this.nextTime(now);
    return this.set({ ...entry, sentAt, tries: 0, phase: HELD });
  }

  /** Nobody wants these messages to be delivered any more. */
  forget(room: RoomJid): void {
    for (const entry of this.all(room)) this.drop(entry);
  }

  /** What was on its way before a reload, or is kept by another tab. Nothing of it is written again. */
  restore(entries: readonly Pending[]): void {
    for (const entry of entries) {
      this.insert(isSent(entry) ? { ...entry, phase: DOUBTFUL } : entry);
    }
  }

  /** Another tab is done with a message. */
  remove(room: RoomJid, id: string): void {
    this.entries = this.entries.filter(
      (entry) => entry.room !== room || entry.id !== id,
    );
  }

  private failAll(entries: Pending[], reason: FailReason): Pending[] {
    return entries.map((entry) =>
      this.set({ ...entry, phase: { tag: "failed", reason } }),
    );
  }

  private markSent(entry: Pending): Pending {
    this.wire.set(entry.id, ++this.lastWire);
    return this.set({ ...entry, tries: entry.tries + 1, phase: SENT });
  }

  private wireOf({ id }: Pending): number {
    return this.wire.get(id) ?? 0;
  }

  private nextTime(now: number): number {
    const last = this.entries[this.entries.length - 1]?.sentAt ?? -Infinity;
    return Math.max(now, last + 1);
  }

  private set(entry: Pending): Pending {
    this.insert(entry);
    this.journal.put(entry);
    return entry;
  }

  private insert(entry: Pending): void {
    this.remove(entry.room, entry.id);
    this.entries.push(entry);
    this.entries.sort((a, b) => a.sentAt - b.sentAt);
  }

  private drop(entry: Pending): void {
    this.remove(entry.room, entry.id);
    this.wire.delete(entry.id);
    this.journal.drop(entry);
  }
}
