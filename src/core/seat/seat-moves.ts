import type {
  Effect,
  FinalReason,
  Guard,
  Notice,
  PassingReason,
} from "../events.js";
import { backoffMs } from "./backoff.js";
import {
  INITIAL,
  isSeated,
  type Checking,
  type Joined,
  type Joining,
  type Left,
  type Moment,
  type Renaming,
  type RoomState,
  type Step,
  type Waiting,
} from "./seat-states.js";

/** A stay that ends sooner is no success, in milliseconds: the room may put us out after every join. */
export const BRIEF_STAY_MS = 10_000;

/** After this many brief stays in a row the next join has to wait: a server that starts may fall once more. */
export const FREE_RETURNS = 2;

/** The state that a room stays in while nothing is done. */
export const stay = (state: RoomState): Step => ({ state, effects: [] });

export const announce = (notice: Notice): Effect => ({
  type: "announce",
  notice,
});

const common = (state: RoomState) => ({
  epoch: state.epoch,
  nick: state.nick,
  outSince: state.outSince,
  since: state.since,
  guard: state.guard,
  hasMissedPush: state.hasMissedPush,
  attempt: state.attempt,
  prompted: state.prompted,
  brief: state.brief,
  missing: state.missing,
  enteredAt: state.enteredAt,
});
const nextEpoch = (state: RoomState) => ({
  ...common(state),
  epoch: state.epoch + 1,
});

/** A stay that has lasted ends every count; one of moments adds to them. */
const afterStay = (state: RoomState, { now }: Moment): RoomState =>
  state.enteredAt !== null && now - state.enteredAt >= BRIEF_STAY_MS
    ? { ...state, brief: 0, prompted: 0 }
    : { ...state, brief: state.brief + 1 };

/** The seat is lost; a stay of moments is one more of its kind. */
export function unseated(state: RoomState, at: Moment): RoomState {
  return state.enteredAt === null
    ? state
    : { ...afterStay(state, at), enteredAt: null };
}

/**
 * @param until when the join counts as failed; null while it waits for its turn
 * @param isGone whether a self-ping has just found that there is no such room; null where none has asked
 * @param lostAt when the seat was lost that it is to bring back; minus infinity for none
 */
export function joining(
  state: RoomState,
  until: number | null,
  isGone: boolean | null,
  lostAt: number,
): Joining {
  const base = { ...nextEpoch(state), enteredAt: null };
  return { ...base, tag: "joining", until, isGone, lostAt };
}

/** In: the end of every return. */
export function joined(
  state: RoomState,
  nick: string,
  checkedAt = -Infinity,
  recheckAt: number | null = null,
): Joined {
  return {
    ...common(state),
    tag: "joined",
    nick,
    outSince: null,
    attempt: 0,
    missing: 0,
    checkedAt,
    recheckAt,
    presenceSentAt: -Infinity,
  };
}

/** Another nick was asked for, and may be the one until the room has answered. */
export function renaming(
  state: Joined | Checking,
  asked: string,
  until: number,
): Renaming {
  const { nick } = state;
  const isRecheckDue = state.tag === "checking" || state.recheckAt !== null;
  return {
    ...nextEpoch(state),
    tag: "renaming",
    nick,
    asked,
    until,
    isRecheckDue,
  };
}

/** In after a join: whoever came in anew has registered for nothing yet. */
export function entered(state: RoomState, nick: string, now: number): Joined {
  const guard: Guard = state.guard === "ready" ? "ready" : "silence";
  return { ...joined(state, nick), guard, enteredAt: now };
}

export function left(state: RoomState, reason: FinalReason): Left {
  const { epoch } = nextEpoch(state);
  return { ...INITIAL, epoch, reason };
}

export function suspended(state: RoomState): RoomState {
  const base = { ...nextEpoch(state), enteredAt: null };
  return { ...base, tag: "suspended", brief: 0, prompted: 0 };
}

/** @param until when the room is asked again; null: when its host is back */
export function waiting(
  state: RoomState,
  attempt: number,
  until: number | null,
  reason: PassingReason,
  at: Moment,
): Waiting {
  const { prompted } = state;
  const pause =
    prompted === 0 ? 0 : backoffMs(prompted - 1, at.limits.backoff, at.random);
  const promptableAt = at.now + pause;
  const base = { ...nextEpoch(state), attempt };
  const isJoinDue = false;
  return { ...base, tag: "waiting", until, promptableAt, isJoinDue, reason };
}

/** Waits as long as the backoff says after one more failure. */
export function waitingLonger(
  state: RoomState,
  failed: number,
  reason: PassingReason,
  at: Moment,
): Waiting {
  const failures = Math.max(failed, state.brief - FREE_RETURNS);
  const pause = backoffMs(failures, at.limits.backoff, at.random);
  return waiting(state, failed + 1, at.now + pause, reason, at);
}

/** Known to be out from now on, unless that is known already. */
export function out(
  state: RoomState,
  reason: PassingReason,
  { now }: Moment,
): Step {
  if (state.outSince !== null) return stay(state);
  return {
    state: { ...state, outSince: now },
    effects: [announce({ name: "out", reason })],
  };
}

/** Joins when it is this room's turn; from here on the user is known to be out. */
export function join(
  state: RoomState,
  reason: PassingReason,
  at: Moment,
  isGone: boolean | null = null,
): Step {
  const lostAt = state.enteredAt === null ? lossOf(state) : at.now;
  const outside = out(unseated(state, at), reason, at);
  const { brief, attempt } = outside.state;
  // Let in and put out again and again: the seat was there a moment ago.
  if (state.enteredAt !== null && brief > FREE_RETURNS) {
    const wait = waitingLonger(outside.state, attempt, reason, at);
    const later = { ...wait, isJoinDue: true };
    return { state: later, effects: outside.effects };
  }
  return {
    state: joining(outside.state, null, isGone, lostAt),
    effects: [...outside.effects, { type: "join" }],
  };
}

/** When the last seat was lost, as far as it is known. */
const lossOf = (state: RoomState): number => state.outSince ?? -Infinity;

/** Pings before joining; without a confirmed nick there is nobody to ping, and a join is all that is left. */
export function check(
  state: RoomState,
  at: Moment,
  isHostThere = false,
  hasRoomSpoken = false,
): Step {
  const { nick } = state;
  if (nick === null) return join(state, "unreachable", at);
  const checking: Checking = {
    ...nextEpoch(state),
    tag: "checking",
    nick,
    isSeated: isSeated(state),
    hasRoomSpoken,
    isRecheckDue: false,
    until: null,
  };
  const { epoch } = checking;
  return {
    state: checking,
    effects: [{ type: "ping", nick, epoch, isHostThere }],
  };
}

/**
 * Something speaks for asking a room now that is waited for. It cuts the wait short, in a row less and less
 * often: a push or an invitation is news once, and anybody may repeat it.
 */
export function prompt(
  state: Waiting,
  at: Moment,
  ask: (state: Waiting) => Step,
): Step {
  const { until, promptableAt } = state;
  const prompted = state.prompted + 1;
  if (promptableAt <= at.now) return ask({ ...state, prompted });
  if (until !== null && until <= promptableAt) return stay(state);
  return stay({ ...state, until: promptableAt, prompted });
}

/** Gives the room up: only the user, or Converse on their behalf, can go back. */
export function giveUp(state: RoomState, reason: FinalReason): Step {
  return {
    state: left(state, reason),
    effects: [{ type: "disable" }, announce({ name: "given-up", reason })],
  };
}
