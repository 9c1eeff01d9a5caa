import type { Departure, Effect, EventOf, RoomEvent } from "../events.js";
import {
  ask,
  onCheckWanted,
  onGlance,
  onHostAway,
  onHostBack,
  onPingAnswered,
  onRoomSpoke,
} from "./checks.js";
import {
  announce,
  check,
  entered,
  FREE_RETURNS,
  giveUp,
  join,
  joined,
  joining,
  left,
  out,
  renaming,
  stay,
  suspended,
  unseated,
  waiting,
  waitingLonger,
} from "./seat-moves.js";
import {
  isSeated,
  wakeAt,
  type Moment,
  type RoomState,
  type StateOf,
  type Step,
} from "./seat-states.js";

/** A room that was lost so short a time ago, in milliseconds, may not have been made again yet. */
const JUST_LOST_MS = 60_000;

const NOT_THERE_YET: Departure = { comesBack: true, reason: "locked" };

function onJoinBegan(state: RoomState, at: Moment): Step {
  const until = at.now + at.limits.joinTimeoutMs;
  if (state.tag === "joining") {
    return stay(state.until === null ? { ...state, until } : state);
  }
  const lostAt = isSeated(state)
    ? at.now
    : state.tag === "suspended"
      ? state.since
      : (state.outSince ?? -Infinity);
  const attempt = state.tag === "waiting" ? state.attempt : 0;
  const before = { ...state, attempt };
  return stay(joining(before, until, null, lostAt));
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
      return stay({ ...state, nick });
    case "checking":
      return state.isSeated
        ? stay({ ...state, nick })
        : onEntered(state, nick, at);
    case "renaming":
      return nick === state.asked
        ? onNickSettled(state, nick, at)
        : stay({ ...state, nick });
    case "joining":
    case "waiting":
    case "suspended":
      return onEntered(state, nick, at);
  }
}

function onEntered(state: RoomState, nick: string, at: Moment): Step {
  const effects: Effect[] = [{ type: "enable" }];
  if (state.outSince !== null) {
    const outForMs = at.now - state.outSince;
    effects.push(announce({ name: "back", outForMs, isRejoined: true }));
  }
  return { state: entered(state, nick, at.now), effects };
}

function onNickAsked(
  state: RoomState,
  { nick: asked }: EventOf<"nick-asked">,
  at: Moment,
): Step {
  if (state.tag !== "joined" && state.tag !== "checking") return stay(state);
  if (!isSeated(state)) return stay(state);
  return stay(renaming(state, asked, at.now + at.limits.answerTimeoutMs));
}

function onNickSettled(
  state: StateOf<"renaming">,
  nick: string,
  at: Moment,
): Step {
  const settled = joined(state, nick);
  return state.isRecheckDue ? check(settled, at) : stay(settled);
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
  const missing = reason === "locked" ? state.missing + 1 : state.missing;
  if (missing >= at.limits.missingTries) return giveUp(state, "not-found");
  const outside = out(unseated({ ...state, missing }, at), reason, at);
  const { attempt, brief } = outside.state;
  return {
    state:
      reason === "unavailable" && brief <= FREE_RETURNS
        ? waiting(outside.state, attempt, at.now, reason, at)
        : waitingLonger(outside.state, attempt, reason, at),
    effects: outside.effects,
  };
}

/** Refusals that may mean that nobody has made the room again yet. */
const isNotThereYet = (
  state: StateOf<"joining">,
  { mayBeMissing = "surely-not" }: EventOf<"presence-refused">,
  { now }: Moment,
): boolean =>
  mayBeMissing !== "surely-not" &&
  (state.isGone ??
    (mayBeMissing === "if-known" && now - state.lostAt <= JUST_LOST_MS));

function onPresenceRefused(
  state: RoomState,
  event: EventOf<"presence-refused">,
  at: Moment,
): Step {
  switch (state.tag) {
    case "renaming":
      return onNickSettled(state, state.nick, at);
    case "joining":
      return isNotThereYet(state, event, at)
        ? onDeparted(state, { departure: NOT_THERE_YET }, at)
        : onDeparted(state, event, at);
    // No join was asked for: it was another status, and the room does not know us.
    case "joined":
    case "checking":
      return onCheckWanted(state, at);
    default:
      return stay(state);
  }
}

/** A subject right after another status went out: the room had forgotten us, and took that presence for a join. */
function onSubjectTold(state: RoomState, at: Moment): Step {
  if (state.tag !== "joined") return stay(state);
  const agoMs = at.now - state.presenceSentAt;
  if (agoMs > at.limits.answerTimeoutMs) return stay(state);
  return {
    state: { ...state, presenceSentAt: -Infinity },
    effects: [{ type: "enable" }, { type: "look-up" }],
  };
}

function onGuarded(state: RoomState, { guard }: EventOf<"guarded">): Step {
  // A room that pushes tells sooner than a service that comes up.
  const isBetter = !(guard === "ready" && state.guard === "push");
  return stay(state.tag === "left" || !isBetter ? state : { ...state, guard });
}

function onWake(state: RoomState, at: Moment): Step {
  const dueAt = wakeAt(state, at);
  if (dueAt === null || dueAt > at.now) return stay(state);
  switch (state.tag) {
    case "joining":
      return stay(waitingLonger(state, state.attempt, "join-timeout", at));
    case "waiting":
      return ask(state, at);
    case "checking":
      return join(state, "self-ping", at);
    case "joined":
      return check(state, at);
    case "renaming":
      return onNickSettled(state, state.nick, at);
    default:
      return stay(state);
  }
}

function transition(state: RoomState, event: RoomEvent, at: Moment): Step {
  switch (event.type) {
    case "join-began":
      return onJoinBegan(state, at);
    case "found-joined":
      return state.tag === "joined" ||
        state.tag === "checking" ||
        state.tag === "renaming"
        ? stay(state)
        : {
            state: entered(state, event.nick, at.now),
            effects: [{ type: "enable" }],
          };
    case "self-presence":
      return onSelfPresence(state, event, at);
    case "departed":
      return onDeparted(state, event, at);
    case "presence-refused":
      return onPresenceRefused(state, event, at);
    case "presence-sent":
      return stay(
        state.tag === "joined" ? { ...state, presenceSentAt: at.now } : state,
      );
    case "subject-told":
      return onSubjectTold(state, at);
    case "user-left":
      // Closed after an end of another kind: now the user does not want it any more either.
      if (state.tag === "left") return stay(left(state, event.reason));
      return {
        state: left(state, event.reason),
        effects: [{ type: "disable" }],
      };
    case "room-spoke":
      return onRoomSpoke(state, at);
    case "check-wanted":
      return onCheckWanted(state, at);
    case "glance":
      return onGlance(state, at);
    case "guarded":
      return onGuarded(state, event);
    case "nick-asked":
      return onNickAsked(state, event, at);
    case "ping-answered":
      return onPingAnswered(state, event, at);
    case "host-away":
      return onHostAway(state, event, at);
    case "host-back":
      return onHostBack(state, event, at);
    case "stream-down":
      return state.tag === "left" || state.tag === "suspended"
        ? stay(state)
        : stay(suspended(state));
    case "stream-up":
      // Converse joins every room anew after most reconnects; that join comes first and is adopted.
      return state.tag === "suspended"
        ? stay(waitingLonger(state, 0, "stream-lost", at))
        : stay(state);
    case "wake":
      return onWake(state, at);
  }
}

/**
 * The whole life of a membership: what an event makes of a state, and what is to be done about it.
 *
 * Pure. It never asks for a ping while one is in flight, never for a join while one is under way, and
 * after the user has left for nothing but `disable`, until a new join begins.
 */
export function step(state: RoomState, event: RoomEvent, at: Moment): Step {
  const { state: next, effects } = transition(state, event, at);
  const since = next.tag === state.tag ? state.since : at.now;
  return { state: { ...next, since }, effects };
}
