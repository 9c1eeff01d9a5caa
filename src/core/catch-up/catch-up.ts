/**
 * How a room's screen comes to show what was said in it. Pure: no DOM, no Converse, no clock, no chance; a new
 * need of any of them is a fact of an event or of the moment, or an effect.
 *
 * | event | absent | first | current | behind |
 * | --- | --- | --- | --- | --- |
 * | join-sent, a known end | behind | behind | behind | behind, from the same end |
 * | join-sent, otherwise | first | first | first | first |
 * | found-in | current, or behind its stored end | – | – | – |
 * | first-fetched | – | current, or behind what is pending | – | – |
 * | entered | – | noted | noted | the walk goes on |
 * | subject | – | – | – | a history ends |
 * | word | – | – | noted | – |
 * | an answer of its epoch | – | – | released: the return is told | the walk goes on |
 * | look-up, with an archive | – | – | behind what is in doubt | – |
 * | late-news, with an archive | – | – | behind the last confirmation | the same |
 * | back | told | waits | told, or waits until Converse has read it | waits |
 * | stream-down | – | – | – | paused for a while |
 * | pause | – | – | – | paused |
 * | left | – | absent | absent | absent |
 * | wake | – | the return is told | – | the walk goes on |
 */
import type {
  Behind,
  CatchUp,
  CatchUpEffect,
  CatchUpEvent,
  Current,
  First,
  ModelFacts,
  Moment,
  Present,
} from "./catch-up-events.js";
import {
  current,
  first,
  isLate,
  knownEnd,
  to,
  withoutOldDoubt,
  type CatchUpStep,
} from "./catch-up-states.js";
import { historyAttributes, type Anchor } from "./pages.js";
import {
  begin,
  endHistory,
  LONGEST_ENTRY_MS,
  onAnchorFound,
  onLetIn,
  onPageCame,
  onPageRead,
  onTime,
  pause,
  readFrom,
  stop,
} from "./walk.js";

/** After this long Converse is taken to have fetched what it does after a first join, in milliseconds. */
const LONGEST_FIRST_MS = 60_000;

type EventOf<T extends CatchUpEvent["type"]> = Extract<
  CatchUpEvent,
  { type: T }
>;
/** Undefined for a room that Converse shows for the first time; null where Converse has to read it first. */
function anchorOf(
  state: Present,
  { stored, isShownIn, last }: ModelFacts,
  pending: number | null,
): Anchor | null | undefined {
  if (state.tag !== "first") return knownEnd(state);
  if (stored) return stored;
  // Lost again before Converse had fetched what it shows first: a live message follows those that are missing.
  if (isShownIn) {
    const at = Math.min(state.since, pending ?? Infinity);
    return (state.liveId === null && last) || { id: null, at };
  }
  return pending === null ? undefined : null;
}

function onJoinSent(
  before: CatchUp,
  { facts }: EventOf<"join-sent">,
  moment: Moment,
): CatchUpStep {
  const { now, elapsed, oldestPending } = moment;
  const state = before.tag === "absent" ? first(before, moment) : before;
  const known = anchorOf(state, facts, oldestPending);
  if (known === undefined || facts.isShownAnew) {
    return to(
      first(state, moment),
      { type: "drop", isShown: false },
      { type: "mute-archive", isMuted: false },
    );
  }
  // A clock that was set back must not make it shorter.
  const agoMs = Math.max(
    now - (known?.at ?? oldestPending ?? now),
    elapsed - state.heard,
  );
  const attributes = historyAttributes(facts.hasArchive, agoMs);
  const effects: CatchUpEffect[] = [{ type: "history", attributes }];
  if (facts.hasArchive) {
    // Converse would ask for the messages that it misses when it has entered.
    if (!facts.isShownIn) effects.push({ type: "mute-archive", isMuted: true });
    return readFrom(state, known, moment, ...effects);
  }
  const seen = { count: 0, isKnownMet: false, firstAt: null };
  const until = elapsed + LONGEST_ENTRY_MS;
  const begun = begin(state, known, { tag: "joining", until, seen }, moment);
  return to(begun.state, ...effects, ...begun.effects);
}

/** Converse's model is all there is so far. */
function settle(state: First, facts: ModelFacts, { now }: Moment): Current {
  const lastTime = Math.max(state.lastTime, facts.lastTime);
  const id = state.liveId ?? facts.last?.id ?? null;
  return current({ ...state, lastTime, doubt: null }, { id, at: now }, true);
}

function onFoundIn(
  state: CatchUp,
  { facts }: EventOf<"found-in">,
  moment: Moment,
): CatchUpStep {
  const { stored, hasArchive } = facts;
  const found = first(state, moment);
  const isBehind = stored !== null || moment.oldestPending !== null;
  if (isBehind && hasArchive) return readFrom(found, stored, moment);
  return to(
    settle(found, facts, moment),
    { type: "store", anchor: null },
    // Stream management sends again what was on its way.
    { type: "current", isComplete: false },
  );
}

function onFirstFetched(
  state: First,
  { facts }: EventOf<"first-fetched">,
  moment: Moment,
): CatchUpStep {
  const { oldestPending: at } = moment;
  const settled = settle(state, facts, moment);
  const told = tellBack(settled, 0, { type: "store", anchor: null });
  // Converse fetches one page at most: that is no proof of what the room has of us.
  if (at !== null && facts.hasArchive) {
    const known = facts.last ?? { id: null, at };
    return readFrom(told.state, known, moment, ...told.effects);
  }
  const isComplete = at === null;
  return to(told.state, ...told.effects, { type: "current", isComplete });
}

function onEntered(before: Present, moment: Moment): CatchUpStep {
  const { lastTime } = before;
  const known = knownEnd(before);
  const confirmation = { at: moment.now, known, lastTime };
  const state = { ...before, confirmation };
  return state.tag === "behind" ? onLetIn(state, moment) : to(state);
}

function tellBack<S extends Present>(
  state: S,
  missed: number,
  ...before: CatchUpEffect[]
): CatchUpStep<S> {
  const { back } = state;
  if (!back) return to(state, ...before);
  const { outForMs } = back;
  return to({ ...state, back: null }, ...before, {
    type: "back",
    outForMs,
    missed,
  });
}

function onBack(
  state: CatchUp,
  { outForMs }: EventOf<"back">,
  { elapsed }: Moment,
): CatchUpStep {
  // Converse may still be reading the messages of the return before.
  const isTold =
    state.tag === "absent" || (state.tag === "current" && state.isRead);
  return isTold
    ? to(state, { type: "back", outForMs, missed: 0 })
    : to({ ...state, back: { since: elapsed, outForMs } });
}

function onLookUp(
  state: Current,
  { hasArchive }: EventOf<"look-up">,
  moment: Moment,
): CatchUpStep {
  if (!hasArchive) return to(state);
  const { lastTime } = state.doubt ?? state;
  const step = readFrom(state, knownEnd(state) ?? null, moment);
  // New messages go where the room has them: before those that came live since.
  return to({ ...(step.state as Present), lastTime }, ...step.effects);
}

function onLateNews(
  state: Present,
  { hasArchive }: EventOf<"late-news">,
  moment: Moment,
): CatchUpStep {
  const { known, lastTime = 0 } = state.confirmation ?? {};
  // Without an archive the history has come with the join.
  return known === undefined || !hasArchive
    ? to(state)
    : readFrom({ ...state, lastTime }, known, moment);
}

function onStreamDown(before: Behind, moment: Moment): CatchUpStep {
  const state = stop(before);
  // A resumed stream may bring no join.
  return to(pause(state, state.walk, moment));
}

const onLeft = (
  { epoch }: Present,
  { isOwnWish }: EventOf<"left">,
): CatchUpStep =>
  to(
    { tag: "absent", epoch: epoch + 1 },
    { type: "store", anchor: null },
    { type: "mute-archive", isMuted: false },
    { type: "drop", isShown: !isOwnWish },
  );

/** When something happens without an event, in steady milliseconds; null for never. */
export function wakesAt(state: CatchUp): number | null {
  if (state.tag === "behind") {
    const { walk } = state;
    const isUnderWay =
      walk.tag === "finding" || walk.tag === "asking" || walk.tag === "reading";
    return isUnderWay ? null : walk.until;
  }
  return state.tag === "first" && state.back
    ? state.back.since + LONGEST_FIRST_MS
    : null;
}

function onWake(
  state: First | Behind,
  { isConnected }: EventOf<"wake">,
  moment: Moment,
): CatchUpStep {
  const at = wakesAt(state);
  if (at === null || at > moment.elapsed) return to(state);
  return state.tag === "behind"
    ? onTime(state, isConnected, moment)
    : tellBack(state, 0);
}

function onBehind(
  state: Behind,
  event: CatchUpEvent,
  moment: Moment,
): CatchUpStep | undefined {
  switch (event.type) {
    case "subject":
      return endHistory(state, moment);
    case "anchor-found":
      return onAnchorFound(state, event, moment);
    case "page-came":
      return onPageCame(state, event, moment);
    case "page-read":
      return onPageRead(state, event, moment);
    case "stream-down":
      return onStreamDown(state, moment);
    case "pause":
      return to(stop(state));
    case "wake":
      return onWake(state, event, moment);
    default:
      return undefined;
  }
}

function onPresent(
  state: Present,
  event: CatchUpEvent,
  moment: Moment,
): CatchUpStep | undefined {
  switch (event.type) {
    case "entered":
      return onEntered(state, moment);
    case "late-news":
      return onLateNews(state, event, moment);
    case "left":
      return onLeft(state, event);
  }
  if (state.tag === "behind") return onBehind(state, event, moment);
  if (state.tag === "first") {
    if (event.type === "first-fetched")
      return onFirstFetched(state, event, moment);
    return event.type === "wake" ? onWake(state, event, moment) : undefined;
  }
  switch (event.type) {
    case "word": {
      const { now, elapsed } = moment;
      const known = { ...state.known, at: now };
      return to({ ...state, known, heard: elapsed });
    }
    case "released": {
      const read = { ...state, isRead: true };
      return tellBack(read, event.missed, { type: "notify" });
    }
    case "look-up":
      return onLookUp(state, event, moment);
    default:
      return undefined;
  }
}

/** The table on top; undefined where the event changes nothing. */
function take(
  state: CatchUp,
  event: CatchUpEvent,
  moment: Moment,
): CatchUpStep | undefined {
  if (event.type === "join-sent") return onJoinSent(state, event, moment);
  if (event.type === "back") return onBack(state, event, moment);
  if (state.tag !== "absent") return onPresent(state, event, moment);
  return event.type === "found-in"
    ? onFoundIn(state, event, moment)
    : undefined;
}

/**
 * A room's catch-up takes an event.
 *
 * Pure. One question to the archive is open at a time; an answer to one of another epoch changes nothing.
 */
export function step(
  before: CatchUp,
  event: CatchUpEvent,
  moment: Moment,
): CatchUpStep {
  if (isLate(event, before.epoch)) return to(before);
  const state = withoutOldDoubt(before, moment);
  return take(state, event, moment) ?? to(state);
}
