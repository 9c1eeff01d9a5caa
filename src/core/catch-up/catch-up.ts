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
type Handler<E, S extends CatchUp> = (
  state: S,
  event: E,
  moment: Moment,
) => CatchUpStep;

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

function onEntered(before: Present, _: unknown, moment: Moment): CatchUpStep {
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
  return state.backSince === null
    ? to(state, ...before)
    : to({ ...state, backSince: null }, ...before, { type: "back", missed });
}

function onBack(state: CatchUp, _: unknown, { elapsed }: Moment): CatchUpStep {
  const isTold =
    state.tag === "absent" || (state.tag === "current" && state.isRead);
  return isTold
    ? to(state, { type: "back", missed: 0 })
    : to({ ...state, backSince: elapsed });
}

function onLookUp(
  state: Current,
  { facts }: EventOf<"look-up">,
  moment: Moment,
): CatchUpStep {
  if (!facts.hasArchive) return to(state);
  const { lastTime } = state.doubt ?? state;
  const step = readFrom(state, knownEnd(state) ?? null, moment);
  // New messages go where the room has them: before those that came live since.
  return to({ ...(step.state as Present), lastTime }, ...step.effects);
}

function onLateNews(
  state: Present,
  { facts }: EventOf<"late-news">,
  moment: Moment,
): CatchUpStep {
  const { known, lastTime = 0 } = state.confirmation ?? {};
  // Without an archive the history has come with the join.
  return known === undefined || !facts.hasArchive
    ? to(state)
    : readFrom({ ...state, lastTime }, known, moment);
}

function onStreamDown(before: Behind, _: unknown, moment: Moment): CatchUpStep {
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
    return "until" in state.walk ? state.walk.until : null;
  }
  return state.tag === "first" && state.backSince !== null
    ? state.backSince + LONGEST_FIRST_MS
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

type Tag = CatchUp["tag"];
type StateOf<T extends Tag> = Extract<CatchUp, { tag: T }>;

/** An event that concerns rooms in these states only. */
const given =
  <T extends Tag, E>(
    tags: readonly T[],
    handle: Handler<E, StateOf<T>>,
  ): Handler<E, CatchUp> =>
  (state, event, moment) =>
    (tags as readonly Tag[]).includes(state.tag)
      ? handle(state as StateOf<T>, event, moment)
      : to(state);

/** The table on top. */
const HANDLERS: {
  readonly [T in CatchUpEvent["type"]]: Handler<EventOf<T>, CatchUp>;
} = {
  "join-sent": onJoinSent,
  "found-in": given(["absent"], onFoundIn),
  "first-fetched": given(["first"], onFirstFetched),
  entered: given(["first", "current", "behind"], onEntered),
  subject: given(["behind"], (state, _, moment) => endHistory(state, moment)),
  word: given(["current"], (state, _, { now, elapsed }) =>
    to({ ...state, known: { ...state.known, at: now }, heard: elapsed }),
  ),
  "anchor-found": given(["behind"], onAnchorFound),
  "page-came": given(["behind"], onPageCame),
  "page-read": given(["behind"], onPageRead),
  released: given(["current"], (state, { missed }) =>
    tellBack({ ...state, isRead: true }, missed, { type: "notify" }),
  ),
  back: onBack,
  "look-up": given(["current"], onLookUp),
  "late-news": given(["first", "current", "behind"], onLateNews),
  "stream-down": given(["behind"], onStreamDown),
  pause: given(["behind"], (state) => to(stop(state))),
  left: given(["first", "current", "behind"], onLeft),
  wake: given(["first", "behind"], onWake),
};

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
  if ("epoch" in event && event.epoch !== before.epoch) return to(before);
  const handle = HANDLERS[event.type] as Handler<CatchUpEvent, CatchUp>;
  return handle(withoutOldDoubt(before, moment), event, moment);
}
