import type {
  Absent,
  CatchUp,
  CatchUpEffect,
  CatchUpEvent,
  Common,
  Current,
  First,
  Moment,
  Next,
  Present,
} from "./catch-up-events.js";
import { firstPage, type Anchor } from "./pages.js";

/** What an event leads to; the effects are carried out in this order. */
export interface CatchUpStep<S extends CatchUp = CatchUp> {
  readonly state: S;
  readonly effects: readonly CatchUpEffect[];
}

/** Where every room starts. */
export const ABSENT: Absent = { tag: "absent", epoch: 0 };

/** The step into a state. */
export const to = <S extends CatchUp>(
  state: S,
  ...effects: CatchUpEffect[]
): CatchUpStep<S> => ({ state, effects });

export const common = (state: Present): Common => ({
  epoch: state.epoch,
  lastTime: state.lastTime,
  heard: state.heard,
  doubt: state.doubt,
  confirmation: state.confirmation,
  back: state.back,
});

/** Converse begins to fetch what it shows first. */
export const first = (state: CatchUp, { now, elapsed }: Moment): First => ({
  ...(state.tag === "absent"
    ? {
        lastTime: -Infinity,
        heard: elapsed,
        doubt: null,
        confirmation: null,
        back: null,
      }
    : common(state)),
  tag: "first",
  epoch: state.epoch + 1,
  since: now,
  liveId: null,
});

export const current = (
  state: Present,
  known: Anchor,
  isRead: boolean,
): Current => ({ ...common(state), tag: "current", known, isRead });

/** The known end of a room; undefined while Converse fetches what it shows first. */
export function knownEnd(state: Present): Anchor | null | undefined {
  if (state.tag === "first") return undefined;
  if (state.tag === "behind" || !state.doubt) return state.known;
  const { id, at } = state.doubt;
  return { id, at };
}

/** How an archive is read from a known end on. */
export const restart = (known: Anchor | null): Next =>
  known ? { from: firstPage(known), failures: 0, origin: known } : "find";

/** The known end of before is of no use when nothing is in doubt. */
export const withoutOldDoubt = (
  state: CatchUp,
  { oldestPending }: Moment,
): CatchUp =>
  oldestPending === null && state.tag !== "absent" && state.doubt
    ? { ...state, doubt: null }
    : state;

/** Whether an event answers a question of another return. */
export function isLate(event: CatchUpEvent, epoch: number): boolean {
  switch (event.type) {
    case "anchor-found":
    case "page-came":
    case "page-read":
    case "released":
      return event.epoch !== epoch;
    default:
      return false;
  }
}
