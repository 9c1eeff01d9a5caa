import type { FinalReason, RoomJid, StanzaError } from "../events.js";
import { QUESTIONS } from "../seat/leave-reason.js";
import { judgeMessageError } from "./message-error.js";

export { PASSING_ERRORS } from "./message-error.js";

/** Why a message could not be delivered. */
export type FailReason =
  | FinalReason
  | "waited-too-long"
  | "bounced-too-often"
  /** It may have arrived twice, and nothing tells whether it did. */
  | "unconfirmed"
  /** The user's own stream broke each time that it was on its way. */
  | "breaks-streams"
  /** It is no stanza. */
  | "unreadable";

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
  /** Whether it goes to one occupant (XEP-0045 §7.5): the room does not give it back, and no archive has it. */
  readonly isPrivate: boolean;
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
  /** How many of these sendings may have arrived, or may not. */
  readonly doubts: number;
  /** How often the user's own stream broke while it was on its way. */
  readonly breaks: number;
  readonly phase: Phase;
}

/** A message as the user sends it. */
export type Draft = Omit<
  Pending,
  "sentAt" | "tries" | "doubts" | "breaks" | "phase"
>;

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
 * How often a message goes out at most: each time but the first somebody had confirmed that the room is
 * there and that we are in it. One that bounces still is not welcome.
 */
export const MAX_TRIES = 5;

/** How often a message goes out at most if nothing tells whether it has arrived. */
const MAX_DOUBTS = 2;

/** How many streams may break while a message is on its way: the second time it was the message. */
const MAX_BREAKS = 2;

/** What is known about a room when the way into it opens. */
export interface Opening {
  /** Whether every message that the room has of us has been `reflected`. */
  readonly isHistoryKnown: boolean;
  /** Whether that was read in an archive, which tells what has not arrived. */
  readonly isArchive: boolean;
}

const SENT: Phase = { tag: "sent" };
const HELD: Phase = { tag: "held" };
const DOUBTFUL: Phase = { tag: "doubtful" };

const doubted = (entry: Pending): Pending => ({
  ...entry,
  doubts: entry.doubts + 1,
  phase: DOUBTFUL,
});

const isHeld = ({ phase }: Pending) => phase.tag === "held";
const isSent = ({ phase }: Pending) => phase.tag === "sent";
const isFailed = ({ phase }: Pending) => phase.tag === "failed";

/**
 * What the user has said and no room has confirmed: decides what goes out, what waits, and what has failed.
 *
 * | what happens | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | reflected, or found in a history | done | done | done | done |
 * | a later one was reflected, or a later request answered | dropped | – | – | – |
 * | bounced, the room may take it later | held | held | held | – |
 * | bounced otherwise | Converse's | Converse's | Converse's | – |
 * | the way closes, or the room asks the user something | doubtful | – | – | – |
 * | the own stream breaks | doubtful; the second time failed | – | – | – |
 * | the way opens, history not known | – | – | sent | – |
 * | the way opens, history known | – | sent; failed after two sendings | sent | – |
 * | the way opens, proved absent | – | sent | sent | – |
 * | the way opens, after five sendings | – | failed | failed | – |
 * | waited too long | done | failed | failed | – |
 * | the room is lost | failed | failed | failed | – |
 *
 * A private message differs in three rows:
 *
 * | what happens | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | reflected, or found in a history | – | – | – | – |
 * | no error came in time | dropped | – | – | – |
 * | the way opens, whatever is known | – | failed | sent | – |
 *
 * A message is proved absent by an archive that does not have it, in a room that has given another one back
 * under our id. Elsewhere nothing tells, and people must not hear it a third time.
 */
export class Outbox {
  /** In the user's order. */
  private entries: Pending[] = [];
  /** In which order the messages of now went out; one of before a reload has no number. */
  private readonly wire = new Map<string, number>();
  private lastWire = 0;
  /** Rooms that have given a message back under our id. */
  private readonly keepIds = new Set<RoomJid>();
  private changes = 0;

  constructor(private readonly journal: Journal) {}

  /** Grows with every change. */
  get version(): number {
    return this.changes;
  }

  /** Which message went out last, for `proven`. */
  get lastSent(): number {
    return this.lastWire;
  }

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
    // Stream management says everything again: a message that has failed is the user's to send.
    if (known && isFailed(known)) return "hold";
    // What waits goes first: the room shall have it in the user's order.
    const isFirst = !this.all(draft.room).some(
      (entry) => isHeld(entry) && entry !== known,
    );
    const entry = known ?? {
      ...draft,
      sentAt: this.nextTime(now),
      tries: 0,
      doubts: 0,
      breaks: 0,
      phase: HELD,
    };
    const mayGo = entry.tries < MAX_TRIES && entry.doubts < MAX_DOUBTS;
    if (isOpen && isFirst && mayGo) {
      this.markSent(entry);
      return "send";
    }
    const isDoubtful = entry.phase.tag === "doubtful";
    this.set({ ...entry, phase: isDoubtful ? DOUBTFUL : HELD });
    return "hold";
  }

  /** The room has a message; returns it when it is one of these. */
  reflected({ room, ids, ownBody, isLive }: Echo): Pending | null {
    const own = this.all(room).filter((entry) => !entry.isPrivate);
    const byId = own.find(({ id, originId }) =>
      ids.some((other) => other === id || other === originId),
    );
    if (byId) this.keepIds.add(room);
    const entry =
      byId ??
      // Some rooms give every message an id of their own.
      own.find((entry) => isSent(entry) && ownBody && entry.body === ownBody);
    if (!entry) return null;
    // A room answers in order: what it has passed over, it does not want to have.
    if (isLive) this.proven(room, this.wireOf(entry) - 1);
    this.drop(entry);
    return entry;
  }

  /**
   * The room has answered something that went out after these messages, with the way open all along: it
   * answers in order, so they have arrived.
   *
   * @param lastSent the last message before the request, as `lastSent` gave it
   * @returns what is done with by that
   */
  proven(room: RoomJid, lastSent: number): Pending[] {
    return this.dropAll(this.sentUpTo(room, lastSent));
  }

  /**
   * A room had its time to send back private messages: they have arrived.
   *
   * @param lastSent the last of them, as `lastSent` gave it
   * @returns what is done with by that
   */
  unrefused(room: RoomJid, lastSent: number): Pending[] {
    const sent = this.sentUpTo(room, lastSent);
    return this.dropAll(sent.filter(({ isPrivate }) => isPrivate));
  }

  /**
   * An error came for a message.
   *
   * @returns whether the message is still ours to care for: held, or failed
   */
  bounced(room: RoomJid, id: string, error: StanzaError): boolean {
    const entry = this.find(room, id);
    if (!entry || isFailed(entry)) return false;
    if (judgeMessageError(error, entry) === "final") {
      this.drop(entry);
      return false;
    }
    this.set({
      ...entry,
      // That sending has not arrived.
      doubts: entry.doubts - (entry.phase.tag === "doubtful" ? 1 : 0),
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
      if (isSent(entry)) this.set(doubted(entry));
    }
  }

  /**
   * The user's own stream broke: what is on its way may be lost, and may be why.
   *
   * @returns what has failed by that
   */
  streamBroke(): Pending[] {
    const entries = this.entries
      .filter(isSent)
      .map((entry) =>
        this.set({ ...doubted(entry), breaks: entry.breaks + 1 }),
      );
    return this.failAll(
      entries.filter(({ breaks }) => breaks >= MAX_BREAKS),
      "breaks-streams",
    );
  }

  /**
   * The way is open again.
   *
   * @returns what goes out now, in this order, and what has failed
   */
  toSend(
    room: RoomJid,
    { isHistoryKnown, isArchive }: Opening,
  ): { readonly out: Pending[]; readonly failed: Pending[] } {
    const isProof = isHistoryKnown && isArchive && this.keepIds.has(room);
    const ready = this.all(room)
      .filter(({ phase, isPrivate }) =>
        phase.tag === "doubtful"
          ? isHistoryKnown || isPrivate
          : phase.tag === "held",
      )
      .map((entry) => (isProof ? { ...entry, doubts: 0 } : entry));
    const isWorn = ({ tries }: Pending) => tries >= MAX_TRIES;
    const isUnclear = ({ doubts, isPrivate, phase }: Pending) =>
      doubts >= MAX_DOUBTS || (isPrivate && phase.tag === "doubtful");
    const worn = ready.filter(isWorn);
    const unclear = ready.filter((entry) => !isWorn(entry) && isUnclear(entry));
    return {
      failed: [
        ...this.failAll(worn, "bounced-too-often"),
        ...this.failAll(unclear, "unconfirmed"),
      ],
      out: ready
        .filter((entry) => !isWorn(entry) && !isUnclear(entry))
        .map((entry) => this.markSent(entry)),
    };
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
   * There is no way back into a room, unless the user answers its question.
   *
   * @returns what has failed by that
   */
  fail(room: RoomJid, reason: FailReason): Pending[] {
    if (QUESTIONS.has(reason)) {
      this.closed(room);
      return [];
    }
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
    const fresh = { tries: 0, doubts: 0, breaks: 0 };
    return this.set({ ...entry, ...fresh, sentAt, phase: HELD });
  }

  /** Nobody wants these messages to be delivered any more. */
  forget(room: RoomJid): void {
    for (const entry of this.all(room)) this.drop(entry);
  }

  /**
   * A message can't be sent at all.
   *
   * @returns what has failed by that
   */
  spoil(entry: Pending): Pending[] {
    return this.failAll([entry], "unreadable");
  }

  /**
   * What was on its way before a reload. Nothing of it is written again.
   *
   * @param now milliseconds since 1970. Nothing was said later than that: then somebody has set the clock
   */
  restore(entries: readonly Pending[], now: number): void {
    const latest = Math.max(now, ...entries.map(({ sentAt }) => sentAt));
    for (const entry of entries) {
      const sentAt = entry.sentAt - (latest - now);
      this.insert({ ...(isSent(entry) ? doubted(entry) : entry), sentAt });
    }
  }

  /**
   * Another tab has changed a message. Nothing of it is written again.
   *
   * @param isOpen whether what is on its way can arrive, as far as this tab knows
   */
  absorb(entry: Pending, isOpen: boolean): void {
    if (!isSent(entry)) return this.insert(entry);
    this.wire.set(entry.id, ++this.lastWire);
    this.insert(isOpen ? entry : doubted(entry));
  }

  /** Another tab is done with a message. */
  remove(room: RoomJid, id: string): void {
    this.changes++;
    this.entries = this.entries.filter(
      (entry) => entry.room !== room || entry.id !== id,
    );
  }

  private failAll(entries: Pending[], reason: FailReason): Pending[] {
    return entries.map((entry) =>
      this.set({ ...entry, phase: { tag: "failed", reason } }),
    );
  }

  private sentUpTo(room: RoomJid, lastSent: number): Pending[] {
    return this.all(room).filter(
      (entry) => isSent(entry) && this.wireOf(entry) <= lastSent,
    );
  }

  private dropAll(entries: Pending[]): Pending[] {
    for (const entry of entries) this.drop(entry);
    return entries;
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
