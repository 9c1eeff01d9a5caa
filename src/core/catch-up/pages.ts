/** Where a room's history goes on after what is on the screen (XEP-0313, XEP-0045 §7.2.14). */
export interface Anchor {
  /** The archive's id of the last message that is known; null where the room has no archive, or none was seen. */
  readonly id: string | null;
  /** When the last message came, in milliseconds since 1970. */
  readonly at: number;
}

/** What a page of an archive is asked for (XEP-0313 §4, XEP-0059). */
export type PageStart =
  { readonly after: string } | { readonly start: number | null };

/** How an archive answered. */
export type PageOutcome =
  | {
      readonly kind: "page";
      readonly last: string | null;
      readonly isComplete: boolean;
    }
  /**
   * `error`: the archive does not want to answer; `unknown`: it does not know the message that it is asked to
   * go on from; `no-answer`: nobody did, or its host is out of reach; `not-sent`: nobody was asked.
   */
  | { readonly kind: "error" | "unknown" | "no-answer" | "not-sent" };

/** What is done after an answer of the archive. */
export type NextPage =
  | { readonly kind: "ask"; readonly from: PageStart }
  /** The same once more. */
  | { readonly kind: "again" }
  /** The same once more as soon as the room has said that it is there, and that we are in it. */
  | { readonly kind: "pause" }
  | { readonly kind: "end"; readonly isComplete: boolean };

/** Clocks of clients and servers differ; a message that comes twice is recognised, one that is missing is not. */
const CLOCK_MARGIN_MS = 600_000;

/** How much history is asked for beyond the time since the last word from a room: it overlaps rather than gaps. */
const HISTORY_MARGIN_MS = 10_000;

/** As many messages as rooms keep for those who join, unless told otherwise: the default of Prosody and of ejabberd. */
export const USUAL_HISTORY = 20;

/** Where a fetch begins. */
export function firstPage({ id, at }: Anchor): PageStart {
  return id === null ? { start: at - CLOCK_MARGIN_MS } : { after: id };
}

/**
 * What to do after a page.
 *
 * @param tries how often in a row this page has failed, this time included; 0 when it came
 */
export function nextPage(
  asked: PageStart,
  outcome: PageOutcome,
  anchor: Anchor,
  tries: number,
  mostTries: number,
): NextPage {
  if (outcome.kind === "page") {
    const { last, isComplete } = outcome;
    if (isComplete) return { kind: "end", isComplete: true };
    // A page that leads nowhere: an archive that does not say how to go on.
    const isStuck = last === null || ("after" in asked && asked.after === last);
    return isStuck
      ? { kind: "end", isComplete: false }
      : { kind: "ask", from: { after: last } };
  }
  if (outcome.kind === "not-sent") return { kind: "pause" };
  const isSilent = outcome.kind === "no-answer";
  // The archive may have forgotten the message that we know last (XEP-0313 §4.3): by time, then.
  const wasAnchor = "after" in asked && asked.after === anchor.id;
  const isForgotten = wasAnchor && outcome.kind === "unknown";
  if (tries < mostTries && !isForgotten) {
    return { kind: isSilent ? "pause" : "again" };
  }
  return wasAnchor && !isSilent
    ? { kind: "ask", from: { start: anchor.at - CLOCK_MARGIN_MS } }
    : { kind: "end", isComplete: false };
}

/**
 * The history to ask for with a join (XEP-0045 §7.2.14): none where an archive is asked, otherwise all since
 * the last word. In seconds, not as a date: the clocks of the two sides do not matter then.
 *
 * @param agoMs how long ago the room last said something, in milliseconds
 */
export function historyAttributes(
  hasArchive: boolean,
  agoMs: number,
): Readonly<Record<string, string>> {
  if (hasArchive) return { maxstanzas: "0" };
  const ms = Math.max(0, agoMs) + HISTORY_MARGIN_MS;
  return { seconds: String(Math.ceil(ms / 1_000)) };
}

/**
 * Whether a room's own history provably does not reach back to what is known: it is as long as it ever gets,
 * and what is known is not in it.
 *
 * @param count how many messages it has
 * @param most how many the room keeps
 */
export function isHistoryCut(
  count: number,
  isKnownMet: boolean,
  most = USUAL_HISTORY,
): boolean {
  return !isKnownMet && count >= most;
}

/**
 * A message's time that keeps it behind the one before it, whatever the clocks of the server (which may
 * count whole seconds) and of the browser say.
 *
 * @param time in milliseconds since 1970; NaN when it is not known
 * @param last that of the message before; minus infinity for none
 */
export function timeAfter(time: number, last: number): number {
  return time > last || last === -Infinity ? time : last + 1;
}
