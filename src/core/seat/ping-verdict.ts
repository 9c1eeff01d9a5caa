import type { PingAnswer, StanzaError, Verdict } from "../events.js";
import { hostOf } from "../jid.js";

/** `disco#info` feature of a room that answers self-pings itself (XEP-0410 §4). */
export const SELF_PING_OPTIMIZATION =
  "http://jabber.org/protocol/muc#self-ping-optimization";

/** Who was pinged, and what the room said about itself. */
export interface PingContext {
  /** The room's bare JID. */
  readonly room: string;
  /** The nick that was pinged. */
  readonly nick: string;
  /** Whether the room advertises {@link SELF_PING_OPTIMIZATION}. */
  readonly isOptimized: boolean;
}

/** One row of the table: the first row whose conditions and test fit gives the verdict. */
export interface PingRule {
  /** The conditions it is about; null for any. */
  readonly conditions: readonly string[] | null;
  /** What must hold beside the condition; absent when nothing must. */
  readonly when?: (error: StanzaError, context: PingContext) => boolean;
  readonly verdict: Verdict;
  /** Whether it speaks of the host of the room, and so of all rooms there, unless the room itself says it. */
  readonly isOfHost?: true;
}

const isFromBehindTheRoom = (error: StanzaError, { room, nick }: PingContext) =>
  error.by !== null && error.by !== room && error.by !== `${room}/${nick}`;

const isFromService = (error: StanzaError, { room }: PingContext) =>
  error.by !== null && error.by === hostOf(room);

/**
 * What an error answer to a self-ping means (XEP-0410 §3), first match wins.
 *
 * An optimizing room answers for itself with `result` or `not-acceptable` alone; any other error for it
 * was made by somebody else (XEP-0410 §4).
 */
export const PING_RULES: readonly PingRule[] = [
  {
    conditions: ["service-unavailable", "feature-not-implemented"],
    when: (error, context) =>
      error.type === "wait" ||
      isFromBehindTheRoom(error, context) ||
      context.isOptimized,
    verdict: "unreachable",
    isOfHost: true,
  },
  // The ping reached our own client, which does not know pings: so it was routed through the room.
  {
    conditions: ["service-unavailable", "feature-not-implemented"],
    verdict: "joined",
  },
  {
    conditions: ["item-not-found"],
    when: (error, context) =>
      isFromService(error, context) || context.isOptimized,
    verdict: "gone",
  },
  // Nobody has that nick any more: ours was changed a moment ago.
  { conditions: ["item-not-found"], verdict: "joined" },
  {
    conditions: ["remote-server-not-found", "remote-server-timeout"],
    verdict: "unreachable",
    isOfHost: true,
  },
  {
    conditions: [
      "not-acceptable",
      "not-allowed",
      "bad-request",
      "forbidden",
      "registration-required",
      "gone",
    ],
    verdict: "out",
  },
  {
    conditions: null,
    when: (error) => error.type === "wait",
    verdict: "unreachable",
  },
  { conditions: null, verdict: "out" },
];

const ruleFor = (
  error: StanzaError,
  context: PingContext,
): PingRule | undefined =>
  PING_RULES.find(
    ({ conditions, when }) =>
      (conditions === null || conditions.includes(error.condition)) &&
      (when?.(error, context) ?? true),
  );

/**
 * Judges the answer to a self-ping.
 *
 * @param answer how the ping ended
 * @param context who was pinged
 */
export function judgePing(answer: PingAnswer, context: PingContext): Verdict {
  if (answer.kind === "result") return "joined";
  if (answer.kind === "no-answer") return "unreachable";
  return ruleFor(answer.error, context)?.verdict ?? "out";
}

/**
 * Whether the answer to a self-ping says that the host of the room is away: silence does, and an error that
 * somebody on the way to it has made.
 *
 * @param answer how the ping ended
 * @param context who was pinged
 */
export function isHostAway(answer: PingAnswer, context: PingContext): boolean {
  if (answer.kind !== "error") return answer.kind === "no-answer";
  const { error } = answer;
  const isOfHost = ruleFor(error, context)?.isOfHost ?? false;
  const isByRoom = error.by !== null && !isFromBehindTheRoom(error, context);
  return isOfHost && !isByRoom;
}
