import type {
  Departure,
  FinalReason,
  PassingReason,
  PresenceView,
  StanzaError,
} from "../events.js";

const forGood = (reason: FinalReason): Departure => ({
  comesBack: false,
  reason,
});
const forNow = (reason: PassingReason): Departure => ({
  comesBack: true,
  reason,
});

/** Ends of a stay that the user may undo by an answer: a nick, a password. What waits goes on waiting. */
export const QUESTIONS: ReadonlySet<string> = new Set<FinalReason>([
  "nick-conflict",
  "nick-required",
  "nick-refused",
  "password-required",
]);

/** The status code of a service that shuts down. */
const SHUTDOWN = 332;

/**
 * What a status code in an `unavailable` self-presence means (XEP-0045 §15.6.2), in the order in which
 * they count when several are given. 307 beside 333 is no kick: the service threw out a dead link.
 */
export const REMOVAL_CODES: readonly (readonly [
  code: number,
  departure: Departure,
])[] = [
  [301, forGood("banned")],
  [321, forGood("affiliation-lost")],
  [322, forGood("members-only")],
  [333, forNow("technical-problem")],
  [307, forGood("kicked")],
  [SHUTDOWN, forNow("shutdown")],
];

/** The status code of a nick change: `unavailable` under the old nick, still in the room (XEP-0045 §7.6). */
const NICK_CHANGED = 303;

/** The status code of presences about ourselves. */
const SELF = 110;

/**
 * Whether a presence is about our own membership.
 *
 * @param nick what the room last confirmed; null when it has confirmed none
 */
export const isOwn = (presence: PresenceView, nick: string | null): boolean =>
  presence.nick === null || presence.codes.has(SELF) || presence.nick === nick;

/**
 * Whether an `unavailable` presence says no more than that the room's service is down: nobody left.
 *
 * @param nick what the room last confirmed; null when it has confirmed none
 */
export const isOutage = (
  presence: PresenceView,
  nick: string | null,
): boolean =>
  isOwn(presence, nick)
    ? readRemoval(presence)?.comesBack === true
    : presence.codes.has(SHUTDOWN);

/**
 * Why an `unavailable` presence ended our membership.
 *
 * @param presence an `unavailable` self-presence, or one from the room's bare JID
 * @returns null when it did not end it: a nick change
 */
export function readRemoval(presence: PresenceView): Departure | null {
  if (presence.destruction) return forGood("destroyed");
  if (presence.codes.has(NICK_CHANGED)) return null;
  const byCode = REMOVAL_CODES.find(([code]) => presence.codes.has(code));
  if (byCode) return byCode[1];
  // ejabberd says so of a whole room when it shuts down, and then not always 332.
  return forNow(presence.nick === null ? "shutdown" : "unavailable");
}

/** What an error to a join means, by its condition (XEP-0045 §7.2). */
export const REFUSALS: Readonly<Record<string, Departure>> = {
  conflict: forGood("nick-conflict"),
  "not-acceptable": forGood("nick-refused"),
  "not-authorized": forGood("password-required"),
  "registration-required": forGood("members-only"),
  forbidden: forGood("banned"),
  "not-allowed": forGood("not-allowed"),
  gone: forGood("destroyed"),
  // A room that comes up again is locked while its first occupant accepts its configuration (§10.1.2).
  "item-not-found": forNow("locked"),
  "service-unavailable": forNow("full"),
  "remote-server-not-found": forNow("unreachable"),
  "remote-server-timeout": forNow("unreachable"),
};

/**
 * Why a join was refused, and whether to try it again.
 *
 * @param error the error of the presence that answered the join
 */
export function readRefusal(error: StanzaError): Departure {
  const { condition, type } = error;
  // A condition may be any word: `constructor`, say.
  const known = Object.hasOwn(REFUSALS, condition)
    ? REFUSALS[condition]
    : undefined;
  return known ?? (type === "wait" ? forNow("busy") : forGood("refused"));
}

/** How a refusal says that the room may not be made, and how it speaks of a ban, as far as servers say so in words. */
const OF_CREATION = /creat/i;
const OF_BAN = /\bban/i;

/**
 * Whether a refused join may mean no more than that nobody has made the room again yet (XEP-0045 §10.1): a
 * service that restricts who makes rooms refuses everybody else then, Prosody with `not-allowed`, ejabberd
 * with `forbidden`, which is the word for a ban too.
 *
 * @param error the error of the presence that answered the join
 * @returns `if-gone`: where a self-ping has just found no such room; `if-known`: also where we were in the
 *   room a moment ago
 */
export function mayBeMissing({
  condition,
  text,
}: StanzaError): "surely-not" | "if-known" | "if-gone" {
  const words = text ?? "";
  if (OF_BAN.test(words)) return "surely-not";
  if (condition === "not-allowed") return "if-known";
  if (condition !== "forbidden") return "surely-not";
  return OF_CREATION.test(words) ? "if-known" : "if-gone";
}
