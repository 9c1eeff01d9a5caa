/**
 * Whether a message may enter Converse's model of its room, and with which time.
 *
 * | state | live | late, by the room's own word | of the page that is read | otherwise archived |
 * | --- | --- | --- | --- | --- |
 * | absent | as it is | as it is | as it is | as it is |
 * | first | placed | as it is | as it is | as it is |
 * | current | placed | placed | as it is | as it is |
 * | behind, with an archive | held | held | placed as missed | as it is |
 * | behind, with a history | placed | placed as missed | as it is | as it is |
 *
 * Placed: behind the message that the room sent before it. Of the missed ones those are dropped that Converse
 * would show twice.
 */
import type {
  CatchUp,
  Moment,
  Present,
  Seen,
  Walk,
} from "./catch-up-events.js";
import { withoutOldDoubt } from "./catch-up-states.js";
import { timeAfter } from "./pages.js";

/** Clocks may differ by this much, in milliseconds. */
const LARGEST_SKEW_MS = 86_400_000;

/**
 * Later timestamps are forged, not skewed.
 *
 * @param now milliseconds since 1970
 */
export const latestTime = (now: number): number => now + LARGEST_SKEW_MS;

/** How a message comes. */
export interface Origin {
  /** The archive's id of it; null for none. */
  readonly id: string | null;
  readonly isArchived: boolean;
  readonly isDelayed: boolean;
}

/** A message on its way into Converse's model. Times are milliseconds since 1970. */
export interface Arrival extends Origin {
  /** The time that it says; NaN where it can't be read. */
  readonly time: number;
  /** The place of the message that it repeats; null for a new one, or one of the user's that was not confirmed. */
  readonly settledAt: number | null;
  /** The place of the user's own message that it confirms; null for none. */
  readonly ownAt: number | null;
  readonly hasBody: boolean;
  /** Whether its author gave it an id. */
  readonly hasMsgid: boolean;
  /** Whether it was known before the return. */
  readonly isKnown: boolean;
  /** Whether its author has corrected it since: Converse would show the first text once more. */
  readonly isCorrected: boolean;
}

/** A message enters. */
export interface Let {
  readonly kind: "let";
  /** Its time, in milliseconds since 1970; null: as it is. */
  readonly time: number | null;
  /** Whether the user's own message, which is shown already, goes to that time. */
  readonly isMoved: boolean;
  readonly isMissed: boolean;
}
export type Admission = Let | { readonly kind: "hold" | "drop" };

export interface Admitted<
  A extends Admission = Admission,
  S extends CatchUp = CatchUp,
> {
  readonly state: S;
  readonly admission: A;
}

type Fate = "let" | "placed" | "missed" | "held";

/** The table on top. */
const FATES: Readonly<Record<string, readonly [Fate, Fate, Fate, Fate]>> = {
  absent: ["let", "let", "let", "let"],
  first: ["placed", "let", "let", "let"],
  current: ["placed", "placed", "let", "let"],
  archive: ["held", "held", "missed", "let"],
  history: ["placed", "missed", "let", "let"],
};

const isHistory = (
  walk: Walk,
): walk is Extract<Walk, { tag: "joining" | "history" }> =>
  walk.tag === "joining" || walk.tag === "history";

function rowOf(state: CatchUp): string {
  if (state.tag !== "behind") return state.tag;
  return isHistory(state.walk) ? "history" : "archive";
}

function columnOf(state: CatchUp, { id, isArchived, isDelayed }: Origin) {
  if (!isArchived) return isDelayed ? 1 : 0;
  const isOfPage = state.tag === "behind" && id !== null && state.page.has(id);
  return isOfPage ? 2 : 3;
}

const fateOf = (state: CatchUp, origin: Origin): Fate =>
  FATES[rowOf(state)]?.[columnOf(state, origin)] ?? "let";

/** Whether a message is one that a return brings. */
export const isMissed = (state: CatchUp, origin: Origin): boolean =>
  fateOf(state, origin) === "missed";

/** A message may be about to enter Converse's model. */
export function admit(
  before: CatchUp,
  arrival: Arrival,
  moment: Moment,
): Admitted {
  const state = withoutOldDoubt(before, moment);
  const fate = fateOf(state, arrival);
  if (fate === "held") return { state, admission: { kind: "hold" } };
  if (fate === "let" || state.tag === "absent") {
    const asIs = { time: null, isMoved: false, isMissed: false };
    return { state, admission: { kind: "let", ...asIs } };
  }
  if (fate === "missed") return admitMissed(state, arrival, moment);
  return place(noted(state, arrival, moment), arrival, moment, false);
}

function admitMissed(
  before: Present,
  arrival: Arrival,
  moment: Moment,
): Admitted {
  const drop = { kind: "drop" } as const;
  if (arrival.isCorrected) return { state: before, admission: drop };
  const { hasBody, isKnown, hasMsgid } = arrival;
  const isRepeated = hasBody && isKnown;
  const state = withSeen(before, (seen) => ({
    ...seen,
    count: seen.count + Number(hasBody),
    isKnownMet: seen.isKnownMet || isRepeated,
  }));
  if (isRepeated && !hasMsgid && !arrival.isArchived) {
    return { state, admission: drop };
  }
  const placed = place(state, arrival, moment, true);
  const { time } = placed.admission;
  return {
    ...placed,
    state: withSeen(placed.state, (seen) => ({
      ...seen,
      firstAt: seen.firstAt ?? time,
    })),
  };
}

function withSeen(state: Present, change: (seen: Seen) => Seen): Present {
  if (state.tag !== "behind" || !isHistory(state.walk)) return state;
  const { walk } = state;
  return { ...state, walk: { ...walk, seen: change(walk.seen) } };
}

/** The end of the room that is known after a live message. */
function noted(
  state: Present,
  { id }: Arrival,
  { oldestPending }: Moment,
): Present {
  if (state.tag === "first") return { ...state, liveId: id };
  if (state.tag === "behind") return state;
  const { known, lastTime } = state;
  const at = Math.min(known.at, oldestPending ?? Infinity);
  const doubt = { id: known.id, at, lastTime };
  return {
    ...state,
    known: { ...known, id: id ?? known.id },
    doubt: oldestPending === null ? null : (state.doubt ?? doubt),
  };
}

/** Puts a message behind the one that the room sent before it. */
function place(
  state: Present,
  { time, settledAt, ownAt }: Arrival,
  { now }: Moment,
  isMissed: boolean,
): Admitted<Let, Present> {
  const admitted = (lastTime: number, time: number | null, isMoved = false) =>
    ({
      state: { ...state, lastTime },
      admission: { kind: "let", time, isMoved, isMissed },
    }) as const;
  const { lastTime } = state;
  const latest = latestTime(now);
  // A known message keeps its place, however often it is read.
  if (settledAt !== null) {
    const isSound = settledAt <= latest;
    return admitted(
      isSound ? Math.max(lastTime, settledAt) : lastTime,
      settledAt,
    );
  }
  // The room itself may have been impersonated: nothing is said later than it comes.
  const isForged = state.tag === "current" && time > now;
  const said = isForged ? now : time;
  // The user's own message has its place already, unless another occupant was heard before.
  const wanted = ownAt ?? said;
  const placed = timeAfter(wanted, lastTime);
  // A made-up date must not decide where the others are.
  if (Number.isNaN(placed) || placed > latest) {
    return admitted(lastTime, isForged ? now : null);
  }
  return admitted(placed, placed, ownAt !== null && placed !== ownAt);
}
