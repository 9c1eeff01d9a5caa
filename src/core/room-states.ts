import type {
  Checking,
  Effect,
  FinalReason,
  Guard,
  Joined,
  Joining,
  Left,
  Limits,
  Notice,
  PassingReason,
  RoomState,
  Waiting,
} from "../types.js";
import { backoffMs } from "./backoff.js";

/** The world at the time of an event. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A number in [0, 1), for the jitter. */
  readonly random: number;
  /** When a stanza last came from the room, in milliseconds since 1970; minus infinity for never. */
  readonly heardAt: number;
  readonly limits: Limits;
}

/** What an event leads to. */
export interface Step {
  readonly state: RoomState;
  /** To be carried out in this order. */
  readonly effects: readonly Effect[];
}

/** Not a member, and never was: where every room starts. */
export const INITIAL: Left = {
  tag: "left",
  epoch: 0,
  nick: null,
  outSince: null,
  since: 0,
  guard: "silence",
  reason: "left",
};

/** The state that a room stays in while nothing is done. */
export const stay = (state: RoomState): Step => ({ state, effects: [] });

export const announce = (notice: Notice): Effect => ({
  type: "announce",
  notice,
});

const common = ({ epoch, nick, outSince, since, guard }: RoomState) => ({
  epoch,
  nick,
  outSince,
  since,
  guard,
});
const nextEpoch = (state: RoomState) => ({
  ...common(state),
  epoch: state.epoch + 1,
});

/** @param until when the join counts as failed; null while it waits for its turn */
export function joining(
  state: RoomState,
  attempt: number,
  until: number | null,
): Joining {
  return { ...nextEpoch(state), tag: "joining", attempt, until };
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
    checkedAt,
    recheckAt,
  };
}

/** In after a join: whoever came in anew has registered for nothing yet. */
export function entered(state: RoomState, nick: string): Joined {
  const guard: Guard = state.guard === "ready" ? "ready" : "silence";
  return { ...joined(state, nick), guard };
}

export function left(state: RoomState, reason: FinalReason): Left {
  return {
    ...nextEpoch(state),
    tag: "left",
    nick: null,
    outSince: null,
    guard: "silence",
    reason,
  };
}

export function suspended(state: RoomState): RoomState {
  return { ...nextEpoch(state), tag: "suspended" };
}

/** @param until when the room is asked again, in milliseconds since 1970; null: when its host is back */
export function waiting(
  state: RoomState,
  attempt: number,
  until: number | null,
  reason: PassingReason,
): Waiting {
  return { ...nextEpoch(state), tag: "waiting", attempt, until, reason };
}

/** Waits as long as the backoff says after one more failure. */
export function waitingLonger(
  state: RoomState,
  failed: number,
  reason: PassingReason,
  at: Moment,
): Waiting {
  const pause = backoffMs(failed, at.limits.backoff, at.random);
  return waiting(state, failed + 1, at.now + pause, reason);
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
  attempt: number,
  reason: PassingReason,
  at: Moment,
): Step {
  const outside = out(state, reason, at);
  return {
    state: joining(outside.state, attempt, null),
    effects: [...outside.effects, { type: "join" }],
  };
}

/** Pings before joining; without a confirmed nick there is nobody to ping, and a join is all that is left. */
export function check(
  state: RoomState,
  attempt: number,
  at: Moment,
  isHostThere = false,
): Step {
  const { nick } = state;
  if (nick === null) return join(state, attempt, "unreachable", at);
  const checking: Checking = {
    ...nextEpoch(state),
    tag: "checking",
    nick,
    attempt,
    isRecheckDue: false,
    until: null,
  };
  const { epoch } = checking;
  return {
    state: checking,
    effects: [{ type: "ping", nick, epoch, isHostThere }],
  };
}

/** Gives the room up: only the user, or Converse on their behalf, can go back. */
export function giveUp(state: RoomState, reason: FinalReason): Step {
  return {
    state: left(state, reason),
    effects: [{ type: "disable" }, announce({ name: "given-up", reason })],
  };
}

/**
 * When a state wants to be woken.
 *
 * @returns milliseconds since 1970, or null when it waits for events alone
 */
export function wakeAt(
  state: RoomState,
  { heardAt, limits }: Pick<Moment, "heardAt" | "limits">,
): number | null {
  switch (state.tag) {
    case "joining":
    case "waiting":
    case "checking":
    case "renaming":
      return state.until;
    case "joined": {
      const { recheckAt, guard, since, checkedAt } = state;
      if (guard !== "silence" || limits.silenceMs === 0) return recheckAt;
      const silentAt = Math.max(heardAt, since, checkedAt) + limits.silenceMs;
      return recheckAt === null ? silentAt : Math.min(recheckAt, silentAt);
    }
    default:
      return null;
  }
}
