import type {
  Departure,
  Effect,
  FinalReason,
  Joining,
  Left,
  Limits,
  Notice,
  PassingReason,
  RoomEvent,
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
  readonly limits: Limits;
}

/** What an event leads to. */
export interface Step {
  readonly state: RoomState;
  /** To be carried out in this order. */
  readonly effects: readonly Effect[];
}

type EventOf<T extends RoomEvent["type"]> = Extract<RoomEvent, { type: T }>;
type StateOf<T extends RoomState["tag"]> = Extract<RoomState, { tag: T }>;

/** Not a member, and never was: where every room starts. */
export const INITIAL: Left = {
  tag: "left",
  epoch: 0,
  nick: null,
  outSince: null,
  reason: "left",
};

const announce = (notice: Notice): Effect => ({ type: "announce", notice });
const stay = (state: RoomState): Step => ({ state, effects: [] });

function joining(
  state: RoomState,
  attempt: number,
  { now, limits }: Moment,
): Joining {
  return {
    tag: "joining",
    epoch: state.epoch + 1,
    nick: state.nick,
    outSince: state.outSince,
    attempt,
    until: now + limits.joinTimeoutMs,
  };
}

/** Joins; from here on the user is known to be out. */
function join(
  state: RoomState,
  attempt: number,
  reason: PassingReason,
  at: Moment,
): Step {
  const isNews = state.outSince === null;
  const effects: Effect[] = isNews ? [announce({ name: "out", reason })] : [];
  const out = { ...state, outSince: state.outSince ?? at.now };
  return {
    state: joining(out, attempt, at),
    effects: [...effects, { type: "join" }],
  };
}

/** Pings before joining; without a confirmed nick there is nobody to ping, and a join is all that is left. */
function check(state: RoomState, attempt: number, at: Moment): Step {
  if (state.nick === null) return join(state, attempt, "unreachable", at);
  const epoch = state.epoch + 1;
  return {
    state: {
      tag: "checking",
      epoch,
      nick: state.nick,
      outSince: state.outSince,
      attempt,
      isRecheckDue: false,
    },
    effects: [{ type: "ping", nick: state.nick, epoch }],
  };
}

function wait(
  state: RoomState,
  attempt: number,
  until: number,
  reason: PassingReason,
): Waiting {
  const { nick, outSince } = state;
  return {
    tag: "waiting",
    epoch: state.epoch + 1,
    nick,
    outSince,
    attempt,
    until,
    reason,
  };
}

function waitLonger(
  state: RoomState,
  failed: number,
  reason: PassingReason,
  at: Moment,
): Waiting {
  return wait(
    state,
    failed + 1,
    at.now + backoffMs(failed, at.limits.backoff, at.random),
    reason,
  );
}

function joined(
  state: RoomState,
  nick: string,
  checkedAt: number,
  recheckAt: number | null,
): StateOf<"joined"> {
  return {
    tag: "joined",
    epoch: state.epoch,
    nick,
    outSince: null,
    checkedAt,
    recheckAt,
  };
}

function leave(state: RoomState, reason: FinalReason): Left {
  return {
    tag: "left",
    epoch: state.epoch + 1,
    nick: null,
    outSince: null,
    reason,
  };
}

function giveUp(state: RoomState, reason: FinalReason): Step {
  return {
    state: leave(state, reason),
    effects: [{ type: "disable" }, announce({ name: "given-up", reason })],
  };
}

/** A check of a room that is believed joined: now, or as soon as the last one is old enough. */
function checkJoined(state: StateOf<"joined">, at: Moment): Step {
  const dueAt = state.checkedAt + at.limits.checkIntervalMs;
  if (dueAt <= at.now) return check(state, 0, at);
  return stay({ ...state, recheckAt: dueAt });
}

function onSelfPresence(
  state: RoomState,
  { nick }: EventOf<"self-presence">,
  at: Moment,
): Step {
  switch (state.tag) {
    // The user left before the room let them in: their word counts.
    case "left":
      return stay(state);
    // The room repeats the self-presence for every change of role, affiliation or show.
    case "joined":
    case "checking":
      return stay({ ...state, nick });
    case "renaming":
      return nick === state.asked
        ? onNickSettled(state, nick, at)
        : stay({ ...state, nick });
    case "joining":
    case "waiting":
    case "suspended": {
      const effects: Effect[] = [{ type: "enable" }];
      if (state.outSince !== null) {
        effects.push(
          announce({ name: "back", outForMs: at.now - state.outSince }),
        );
      }
      return { state: joined(state, nick, -Infinity, null), effects };
    }
  }
}

function onNickSettled(
  state: StateOf<"renaming">,
  nick: string,
  at: Moment,
): Step {
  const settled = joined(state, nick, -Infinity, null);
  return state.isRecheckDue ? check(settled, 0, at) : stay(settled);
}

function onDeparted(
  state: RoomState,
  { departure }: { departure: Departure },
  at: Moment,
): Step {
  if (state.tag === "left") return stay(state);
  if (!departure.comesBack) return giveUp(state, departure.reason);
  const { reason } = departure;
  if (state.tag === "suspended") return stay(state);
  // The echo of an earlier leave: the room answers the new join after it.
  if (state.tag === "joining" && reason === "unavailable") return stay(state);

  const isNews = state.outSince === null;
  const out = { ...state, outSince: state.outSince ?? at.now };
  const attempt = "attempt" in state ? state.attempt : 0;
  return {
    state:
      reason === "unavailable"
        ? wait(out, attempt, at.now, reason)
        : waitLonger(out, attempt, reason, at),
    effects: isNews ? [announce({ name: "out", reason })] : [],
  };
}

function onCheckWanted(state: RoomState, at: Moment): Step {
  switch (state.tag) {
    case "joined":
      return checkJoined(state, at);
    case "checking":
    case "renaming":
      return stay({ ...state, isRecheckDue: true });
    case "waiting":
      return check(state, state.attempt, at);
    case "joining":
    case "suspended":
    case "left":
      return stay(state);
  }
}

function onRoomSpoke(state: RoomState, at: Moment): Step {
  // Known to be out, and the room is there: a ping would say nothing new.
  const isKnownOut = state.tag === "waiting" && state.outSince !== null;
  return isKnownOut
    ? join(state, state.attempt, state.reason, at)
    : onCheckWanted(state, at);
}

function onPingAnswered(
  state: RoomState,
  event: EventOf<"ping-answered">,
  at: Moment,
): Step {
  if (state.tag !== "checking" || state.epoch !== event.epoch)
    return stay(state);
  const checked = announce({ name: "checked", verdict: event.verdict });
  const withNotice = (step: Step): Step => ({
    ...step,
    effects: [checked, ...step.effects],
  });

  switch (event.verdict) {
    case "joined": {
      // Converse's view of the room is stale: only a join brings it up to date.
      if (!event.isBelievedIn)
        return withNotice(join(state, state.attempt, "self-ping", at));
      const recheckAt = state.isRecheckDue
        ? at.now + at.limits.checkIntervalMs
        : null;
      const effects: Effect[] =
        state.outSince === null
          ? [checked]
          : [
              checked,
              announce({ name: "back", outForMs: at.now - state.outSince }),
            ];
      return { state: joined(state, state.nick, at.now, recheckAt), effects };
    }
    case "gone":
    case "out":
      return withNotice(join(state, state.attempt, "self-ping", at));
    case "unreachable":
      return withNotice(
        stay(waitLonger(state, state.attempt, "unreachable", at)),
      );
  }
}

function onWake(state: RoomState, at: Moment): Step {
  const dueAt = wakeAt(state);
  if (dueAt === null || dueAt > at.now) return stay(state);
  switch (state.tag) {
    case "joining":
      return stay(waitLonger(state, state.attempt, "join-timeout", at));
    case "waiting":
      return check(state, state.attempt, at);
    case "joined":
      return check(state, 0, at);
    case "renaming":
      return onNickSettled(state, state.nick, at);
    default:
      return stay(state);
  }
}

/**
 * When a state wants to be woken.
 *
 * @returns milliseconds since 1970, or null when it waits for events alone
 */
export function wakeAt(state: RoomState): number | null {
  switch (state.tag) {
    case "joining":
    case "waiting":
    case "renaming":
      return state.until;
    case "joined":
      return state.recheckAt;
    default:
      return null;
  }
}

/**
 * The whole life of a membership: what an event makes of a state, and what is to be done about it.
 *
 * Pure. It never asks for a ping while one is in flight, never for a join while one is under way, and
 * after the user has left for nothing but `disable`, until a new join begins.
 */
export function step(state: RoomState, event: RoomEvent, at: Moment): Step {
  switch (event.type) {
    case "join-began":
      return state.tag === "joining"
        ? stay(state)
        : stay(joining(state, 0, at));
    case "found-joined":
      if (
        state.tag === "joined" ||
        state.tag === "checking" ||
        state.tag === "renaming"
      )
        return stay(state);
      return {
        state: joined(state, event.nick, -Infinity, null),
        effects: [{ type: "enable" }],
      };
    case "self-presence":
      return onSelfPresence(state, event, at);
    case "departed":
      return onDeparted(state, event, at);
    case "user-left":
      if (state.tag === "left") return stay(state);
      return {
        state: leave(state, event.reason),
        effects: [{ type: "disable" }],
      };
    case "room-spoke":
      return onRoomSpoke(state, at);
    case "check-wanted":
      return onCheckWanted(state, at);
    case "nick-asked": {
      if (state.tag !== "joined" && state.tag !== "checking")
        return stay(state);
      const { nick, outSince } = state;
      const isRecheckDue = state.tag === "checking" || state.recheckAt !== null;
      const until = at.now + at.limits.answerTimeoutMs;
      return stay({
        tag: "renaming",
        epoch: state.epoch + 1,
        nick,
        outSince,
        asked: event.nick,
        until,
        isRecheckDue,
      });
    }
    case "presence-refused":
      if (state.tag === "renaming") return onNickSettled(state, state.nick, at);
      return state.tag === "joining"
        ? onDeparted(state, event, at)
        : stay(state);
    case "ping-answered":
      return onPingAnswered(state, event, at);
    case "stream-down": {
      if (state.tag === "left" || state.tag === "suspended") return stay(state);
      const { nick, outSince } = state;
      return stay({ tag: "suspended", epoch: state.epoch + 1, nick, outSince });
    }
    case "stream-up":
      if (state.tag !== "suspended") return stay(state);
      // Converse joins every room anew after most reconnects; that join comes first and is adopted.
      return stay(waitLonger(state, 0, "stream-lost", at));
    case "wake":
      return onWake(state, at);
  }
}
