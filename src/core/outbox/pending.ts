import type { FinalReason, RoomJid } from "../events.js";

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
  | {
      readonly tag: "sent";
      /** Counts the sendings of the room's messages in this page: the room answers in this order. */
      readonly turn: number;
      /** When it went out, in milliseconds since 1970 by the clock of `OutboxMoment`. */
      readonly at: number;
    }
  | { readonly tag: "doubtful" | "held" }
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
  /** When the user sent it, in milliseconds since 1970. No two of a room are the same: this is the user's order. */
  readonly sentAt: number;
  /** How often it was given to the server. */
  readonly tries: number;
  /** How many of these sendings may have arrived, or may not. */
  readonly doubts: number;
  /** How often the user's own stream broke while it was on its way. */
  readonly breaks: number;
  readonly phase: Phase;
}

/** A message that was not delivered. */
export type Failed = Pending & {
  readonly phase: { readonly tag: "failed"; readonly reason: FailReason };
};

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
  /** Whether the room said it just now; false for one out of a history or an archive. */
  readonly isLive: boolean;
}

const isIn =
  (tag: Phase["tag"]) =>
  ({ phase }: Pending): boolean =>
    phase.tag === tag;
export const isHeld = isIn("held");
export const isSent = isIn("sent");
export const isDoubtful = isIn("doubtful");
export const isFailed = isIn("failed") as (entry: Pending) => entry is Failed;

/** The first of these messages that has one of these as its `id` or origin-id. */
export const findIn = (
  entries: readonly Pending[],
  ids: readonly string[],
): Pending | undefined =>
  entries.find(({ id, originId }) =>
    ids.some((wanted) => wanted === id || wanted === originId),
  );

/** Which sending a message is on its way by; 0 for one that is not. */
export const turnOf = ({ phase }: Pending): number =>
  phase.tag === "sent" ? phase.turn : 0;

/** When the last of these messages was said, in milliseconds since 1970; minus infinity for none. */
export const latestOf = (entries: readonly Pending[]): number =>
  Math.max(...entries.map(({ sentAt }) => sentAt));

/**
 * The messages of before a reload, by the clock of now. None was said later than now: if one seems so, the
 * clock was set back, and all of them are older by that much.
 *
 * @param now milliseconds since 1970
 * @param latest when the last message of before was said, in whichever room, by the clock of then
 */
export function byClockOf(
  now: number,
  entries: readonly Pending[],
  latest = latestOf(entries),
): readonly Pending[] {
  const skewMs = Math.max(0, latest - now);
  return entries.map((entry) => ({ ...entry, sentAt: entry.sentAt - skewMs }));
}
