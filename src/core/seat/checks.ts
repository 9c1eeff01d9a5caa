/** When a room is asked whether it has us, and what its answer means. */
import type { EventOf } from "../events.js";
import {
  announce,
  check,
  join,
  joined,
  prompt,
  stay,
  waiting,
  waitingLonger,
} from "./seat-moves.js";
import type { Moment, RoomState, StateOf, Step } from "./seat-states.js";

/** A check of a room that is believed joined: now, or as soon as the last one is old enough. */
function checkJoined(
  state: StateOf<"joined">,
  at: Moment,
  isHostThere: boolean,
): Step {
  const dueAt = state.checkedAt + at.limits.checkIntervalMs;
  if (dueAt <= at.now) return check(state, at, isHostThere, isHostThere);
  return stay({ ...state, recheckAt: dueAt });
}

/** The wait is over: a ping, or the join that was put off. */
export function ask(
  state: StateOf<"waiting">,
  at: Moment,
  isHostThere = false,
  hasRoomSpoken = false,
): Step {
  return state.isJoinDue
    ? join(state, state.reason, at)
    : check(state, at, isHostThere, hasRoomSpoken);
}

export function onCheckWanted(
  state: RoomState,
  at: Moment,
  isHostThere = false,
): Step {
  switch (state.tag) {
    case "joined":
      return checkJoined(state, at, isHostThere);
    case "checking":
    case "renaming":
      return stay({ ...state, isRecheckDue: true });
    case "waiting":
      return prompt(state, at, (asked) =>
        ask(asked, at, isHostThere, isHostThere),
      );
    case "joining":
      return stay(hurried(state, at));
    case "suspended":
    case "left":
      return stay(state);
  }
}

/** The room does not have us, as somebody says: a join that is on its way is about to arrive, or was lost. */
function hurried(state: StateOf<"joining">, at: Moment): RoomState {
  if (state.until === null) return state;
  const until = Math.min(state.until, at.now + at.limits.checkIntervalMs);
  return { ...state, until };
}

export function onRoomSpoke(before: RoomState, at: Moment): Step {
  const state = { ...before, hasMissedPush: false };
  if (state.tag === "checking") {
    // Who says that we are out can be reached; a ping that is not answered now was lost on the way.
    const until = state.until ?? at.now + at.limits.checkIntervalMs;
    const hasRoomSpoken = true;
    return stay({ ...state, isRecheckDue: true, hasRoomSpoken, until });
  }
  // Known to be out, and the room is there: a ping would say nothing new.
  return state.tag === "waiting" && state.outSince !== null
    ? prompt(state, at, (asked) => join(asked, state.reason, at))
    : onCheckWanted(state, at, true);
}

export function onGlance(state: RoomState, at: Moment): Step {
  const isQuiet = at.now - at.heardAt >= at.limits.quietMs;
  if (state.tag === "joined" && !isQuiet) return stay(state);
  return state.tag === "joined" || state.tag === "waiting"
    ? onCheckWanted(state, at)
    : stay(state);
}

export function onPingAnswered(
  state: RoomState,
  event: EventOf<"ping-answered">,
  at: Moment,
): Step {
  if (state.tag !== "checking" || state.epoch !== event.epoch) {
    return stay(state);
  }
  const { verdict } = event;
  const checked = announce({ name: "checked", verdict });
  const withNotice = (step: Step): Step => ({
    ...step,
    effects: [checked, ...step.effects],
  });

  switch (verdict) {
    case "joined": {
      // Converse's view of the room is stale: only a join brings it up to date.
      if (!event.isBelievedIn) {
        return withNotice(join(state, "self-ping", at));
      }
      const { outSince } = state;
      const recheckAt = state.isRecheckDue
        ? at.now + at.limits.checkIntervalMs
        : null;
      return {
        state: joined({ ...state, prompted: 0 }, state.nick, at.now, recheckAt),
        effects:
          outSince === null
            ? [checked]
            : [
                checked,
                announce({
                  name: "back",
                  outForMs: at.now - outSince,
                  isRejoined: false,
                }),
              ],
      };
    }
    case "gone":
    case "out": {
      const isGone = verdict === "gone";
      return withNotice(join(withoutPush(state), "self-ping", at, isGone));
    }
    case "unreachable":
      return withNotice(
        stay(waitingLonger(state, state.attempt, "unreachable", at)),
      );
  }
}

/** Found lost: a room that pushes should have said so. */
function withoutPush(state: StateOf<"checking">): RoomState {
  const isMissed = state.guard === "push" && !state.hasRoomSpoken;
  return isMissed ? { ...state, hasMissedPush: true } : state;
}

export function onHostAway(
  state: RoomState,
  { until, attempt }: EventOf<"host-away">,
  at: Moment,
): Step {
  if (state.tag !== "checking" && state.tag !== "waiting") return stay(state);
  const reason = state.tag === "waiting" ? state.reason : "unreachable";
  const failed = Math.max(state.attempt, attempt);
  return stay(waiting(state, failed, until, reason, at));
}

export function onHostBack(
  state: RoomState,
  { isHeard }: EventOf<"host-back">,
  at: Moment,
): Step {
  if (state.tag !== "waiting") return stay(state);
  return prompt(state, at, (asked) => ask(asked, at, isHeard));
}
