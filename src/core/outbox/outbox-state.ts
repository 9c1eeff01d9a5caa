import type { FinalReason, StanzaError } from "../events.js";
import {
  findIn,
  isDoubtful,
  isFailed,
  isSent,
  type Draft,
  type Echo,
  type Failed,
  type Pending,
} from "./pending.js";

/** The user's messages in one room that the room has not confirmed. */
export interface Outbox {
  /** In the user's order. */
  readonly entries: readonly Pending[];
  /** The turn of the last sending. */
  readonly lastTurn: number;
  /** Whether the room has given a message back under our id. */
  readonly keepsIds: boolean;
}

export const EMPTY: Outbox = { entries: [], lastTurn: 0, keepsIds: false };

/**
 * The way into a room. `open`: we have the seat, and everything that the room has of us was told as `echoed`.
 * `unknown`: we have the seat, and the screen is behind. `closed`: we are out, or may be.
 */
export type Way = "open" | "unknown" | "closed";

/** The numbers that the outbox works with, in milliseconds. */
export interface OutboxLimits {
  /** How long a message waits for its room. */
  readonly messageWaitMs: number;
  /** After this long without an error a private message has arrived. */
  readonly answerMs: number;
}

/** The circumstances of an event. */
export interface OutboxMoment {
  /** Milliseconds since 1970, by a clock that nobody sets while the page is open. */
  readonly now: number;
  readonly way: Way;
  /** Whether the room has an archive that is read. */
  readonly hasArchive: boolean;
  readonly limits: OutboxLimits;
}

/** An event of one room's outbox. */
export type OutboxEvent =
  /** The user sends a message, or stream management repeats one. It goes out now if the step leaves it `sent`. */
  | {
      readonly type: "typed";
      readonly draft: Draft;
      readonly isConnected: boolean;
    }
  /** A message came from the room, or out of its archive. */
  | ({ readonly type: "echoed" } & Omit<Echo, "room">)
  /** An error came for a message. */
  | {
      readonly type: "bounced";
      /** The `id` and origin-id of the message, as far as the error has them. */
      readonly ids: readonly string[];
      readonly error: StanzaError;
      /** Whether it came from an occupant's JID: an occupant has no say in the messages to the room. */
      readonly isPrivate: boolean;
    }
  /** The room has answered a request that went out right after this turn, with the way open all along. */
  | { readonly type: "answered"; readonly turn: number }
  | { readonly type: "way-closed" }
  | {
      readonly type: "way-opened";
      /** Whether every message that the room has of us was told as `echoed` since we came back. */
      readonly isHistoryKnown: boolean;
    }
  /** The user's own stream broke. */
  | { readonly type: "stream-broke" }
  /** There is no way back into the room, unless the user answers its question. */
  | { readonly type: "departed"; readonly reason: FinalReason }
  | { readonly type: "send-again"; readonly id: string }
  /** The server could not be given these now. */
  | { readonly type: "unsent"; readonly ids: readonly string[] }
  | { readonly type: "unreadable"; readonly id: string }
  /** A page begins with the messages of the one before. */
  | {
      readonly type: "restored";
      readonly entries: readonly Pending[];
      /** When the last message of any room was said: it tells of a clock that was set back. Absent: the last of these. */
      readonly latest?: number;
    }
  /** Another tab has changed a message, or is done with it: null. */
  | {
      readonly type: "absorbed";
      readonly id: string;
      readonly entry: Pending | null;
    }
  /** The time that `wakesAt` named has come. */
  | { readonly type: "wake" };

/** A consequence of an event; stores and screens follow the state by themselves. */
export type OutboxEffect =
  | { readonly type: "send"; readonly id: string; readonly xml: string }
  | { readonly type: "failed"; readonly entry: Failed }
  /** A failed message is tried again, or was delivered after all. */
  | { readonly type: "revived"; readonly entry: Pending }
  /** A message was delivered, has failed, or is not cared for any more. */
  | {
      readonly type: "ended";
      readonly id: string;
      readonly isDelivered: boolean;
    };

export interface OutboxStep {
  readonly outbox: Outbox;
  readonly effects: readonly OutboxEffect[];
}

/** The message with this `id` or origin-id. */
export const find = ({ entries }: Outbox, id: string): Pending | undefined =>
  findIn(entries, [id]);

/** The messages that are shown as waiting or failed: all that are not on their way. */
export const waitingIn = ({ entries }: Outbox): readonly Pending[] =>
  entries.filter((entry) => !isSent(entry));

/** Whether a message may be with the room, or may be lost, and the room's history would tell. */
export const isInDoubt = ({ entries }: Outbox): boolean =>
  entries.some((entry) => isDoubtful(entry) && !entry.isPrivate);

/**
 * When the oldest message was said that may be in the room's archive, in milliseconds since 1970; null when
 * there is none.
 */
export function unconfirmedSince({ entries }: Outbox): number | null {
  const oldest = entries.find(
    (entry) => entry.tries > 0 && !isFailed(entry) && !entry.isPrivate,
  );
  return oldest?.sentAt ?? null;
}

/** When a private message that is on its way has had its time to come back; infinity for any other. */
export const settledAt = (
  { isPrivate, phase }: Pending,
  { answerMs }: OutboxLimits,
): number =>
  isPrivate && phase.tag === "sent" ? phase.at + answerMs : Infinity;

/** When a message has waited too long; infinity for one that has failed. */
export const expiresAt = (
  entry: Pending,
  { messageWaitMs }: OutboxLimits,
): number => (isFailed(entry) ? Infinity : entry.sentAt + messageWaitMs);

/** When `wake` is due, in milliseconds since 1970; null when nothing waits. */
export function wakesAt(
  { entries }: Outbox,
  limits: OutboxLimits,
): number | null {
  const times = entries.flatMap((entry) => [
    settledAt(entry, limits),
    expiresAt(entry, limits),
  ]);
  const at = Math.min(...times);
  return at === Infinity ? null : at;
}
