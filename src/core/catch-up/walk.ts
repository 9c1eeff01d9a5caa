/**
 * The walk of a room that is behind to the present. Pure, as catch-up.ts is.
 *
 * | walk | goes on with | to |
 * | --- | --- | --- |
 * | finding | anchor-found | asking |
 * | asking | a page | reading |
 * | asking, in the room | no page | asking, paused, or reading on by time or to the end, as `nextPage` says |
 * | asking, outside | no page | waiting |
 * | reading | page-read | asking; at the end current, or waiting while outside |
 * | waiting | entered, its time | asking, finding or current |
 * | paused | entered, its time | asking or finding |
 * | joining | entered | history |
 * | joining | its time, connected | current: there was no join |
 * | joining | its time, otherwise | joining, for longer |
 * | history | subject, its time | current |
 * | any | stream-down | paused or joining, for a while |
 * | any | pause | paused or joining, until the next join |
 */
import { backoffMs } from "../seat/backoff.js";
import type {
  Behind,
  CatchUpEffect,
  CatchUpEvent,
  Current,
  Moment,
  Next,
  Page,
  Present,
  Question,
  Walk,
} from "./catch-up-events.js";
import {
  common,
  current,
  restart,
  to,
  type CatchUpStep,
} from "./catch-up-states.js";
import { isHistoryCut, nextPage, type Anchor } from "./pages.js";

/** How often an archive is asked for the same page in vain. */
const MOST_TRIES = 3;

/** The members of a room may have changed while we were away for longer than this, in milliseconds. */
const LONG_AWAY_MS = 600_000;

/** The bounds of the wait before an archive that was silent is asked again, in milliseconds. */
const RETRY = { minMs: 5_000, maxMs: 300_000 };

/** How long the room's word that we are in is waited for, in milliseconds; one tab may not hear it. */
export const LONGEST_ENTRY_MS = 180_000;

type Paused = Extract<Walk, { tag: "paused" | "joining" }>;
type EventOf<T extends CatchUpEvent["type"]> = Extract<
  CatchUpEvent,
  { type: T }
>;

/** A return begins. */
export function begin(
  state: Present,
  known: Anchor | null,
  walk: Walk,
  { now }: Moment,
): CatchUpStep<Behind> {
  const before = state.tag === "behind" ? state.latest : -Infinity;
  const behind: Behind = {
    ...common(state),
    tag: "behind",
    epoch: state.epoch + 1,
    known,
    walk,
    page: new Set(),
    latest: Math.max(state.lastTime, before),
    retries: 0,
  };
  const anchor = known ?? { id: null, at: now };
  return to(behind, { type: "count" }, { type: "store", anchor });
}

/** A return begins with the archive, from a known end on. */
export function readFrom(
  state: Present,
  known: Anchor | null,
  moment: Moment,
  ...before: CatchUpEffect[]
): CatchUpStep {
  const walk: Walk = { tag: "paused", next: restart(known), until: null };
  const begun = begin(state, known, walk, moment);
  const { state: behind, effects } = resume(begun.state, moment);
  return to(behind, ...before, ...begun.effects, ...effects);
}

const walking = (state: Behind, walk: Walk, ...effects: CatchUpEffect[]) =>
  to({ ...state, walk }, ...effects);

/** The walk goes on with its next part. */
function go(state: Behind, next: Next, moment: Moment): CatchUpStep {
  const { epoch } = state;
  if (next === "find") {
    return walking(
      state,
      { tag: "finding" },
      {
        type: "find",
        epoch,
        pending: moment.oldestPending,
      },
    );
  }
  if (typeof next === "string") {
    return finish(state, next === "complete", moment);
  }
  const asking: Walk = { ...next, tag: "asking" };
  return walking(state, asking, { type: "ask", from: next.from, epoch });
}

/** The walk goes on when the room has let us in, or has had the time to. */
function goInside(state: Behind, next: Next, moment: Moment): CatchUpStep {
  if (moment.isSeated) return go(state, next, moment);
  const until = moment.elapsed + LONGEST_ENTRY_MS;
  return walking(state, { tag: "waiting", next, until });
}

/** A walk that waits goes on. */
export function resume(state: Behind, moment: Moment): CatchUpStep {
  const { walk } = state;
  if (walk.tag !== "paused" && walk.tag !== "waiting") return to(state);
  const isToFind = walk.tag === "paused" && walk.next === "find";
  return (isToFind ? goInside : go)(state, walk.next, moment);
}

/** A walk pauses; chance spreads the questions of many rooms. */
export function pause(
  state: Behind,
  walk: Paused,
  { elapsed, random }: Moment,
): Behind {
  const { retries } = state;
  const until = elapsed + backoffMs(retries, RETRY, random);
  return { ...state, retries: retries + 1, walk: { ...walk, until } };
}

/** Nothing of a walk goes on; the screen is as far behind as before. */
export function stop(state: Behind): Behind & { readonly walk: Paused } {
  const { epoch, known, walk } = state;
  const until = null;
  return {
    ...state,
    epoch: epoch + 1,
    page: new Set(),
    walk:
      walk.tag === "joining" || walk.tag === "history"
        ? { tag: "joining", until, seen: walk.seen }
        : { tag: "paused", until, next: restart(known) },
  };
}

export const onAnchorFound = (
  state: Behind,
  { known }: EventOf<"anchor-found">,
  moment: Moment,
): CatchUpStep =>
  state.walk.tag === "finding"
    ? go({ ...state, known }, restart(known), moment)
    : to(state);

/** An archive that is closed, or a room that is away, before the room has let us in. */
function askInside(
  state: Behind,
  question: Question,
  { kind }: Page,
  moment: Moment,
): CatchUpStep {
  const waiting = goInside(state, question, moment);
  const isSilent = kind === "no-answer" || kind === "not-sent";
  return isSilent ? to(waiting.state, { type: "silent" }) : waiting;
}

export function onPageCame(
  state: Behind,
  { page, lastTime }: EventOf<"page-came">,
  moment: Moment,
): CatchUpStep {
  const { walk, known, epoch } = state;
  if (walk.tag !== "asking") return to(state);
  const { from, origin, failures } = walk;
  const isThere = page.kind === "page";
  if (!isThere && !moment.isSeated) {
    return askInside(state, { from, origin, failures }, page, moment);
  }
  const isFailure = !isThere && page.kind !== "not-sent";
  const tries = isThere ? 0 : failures + Number(isFailure);
  const next = nextPage(from, page, origin, tries, MOST_TRIES);
  if (next.kind === "again") {
    return go(state, { from, origin, failures: tries }, moment);
  }
  if (next.kind === "pause") {
    const asked = { from, origin: known ?? origin, failures: tries };
    const paused = { tag: "paused", next: asked, until: null } as const;
    return to(pause(state, paused, moment), { type: "silent" });
  }
  const end = next.kind === "end" && next.isComplete;
  const reading: Walk = {
    tag: "reading",
    last: isThere ? page.last : null,
    next:
      next.kind === "ask"
        ? { from: next.from, origin, failures: 0 }
        : end
          ? "complete"
          : "incomplete",
  };
  const reader = {
    ...state,
    // After a reload of the page Converse has read what it stored by now.
    lastTime: state.lastTime === -Infinity ? lastTime : state.lastTime,
    page: new Set(page.messages.map(({ id }) => id)),
  };
  return walking(reader, reading, { type: "read", page, epoch });
}

export function onPageRead(
  state: Behind,
  { isRead }: EventOf<"page-read">,
  moment: Moment,
): CatchUpStep {
  if (state.walk.tag !== "reading") return to(state);
  const { next, last } = state.walk;
  // The messages that are held must not wait for ever, whatever the archive holds.
  if (!isRead) return goInside(state, "incomplete", moment);
  // Should the room be lost again now, the next walk begins here.
  const at = state.known?.at ?? 0;
  const known = last === null ? state.known : { id: last, at };
  const advance = typeof next === "object" ? go : goInside;
  return advance({ ...state, known }, next, moment);
}

/** A room that has not let us in has not been heard since. */
function currentAfter(state: Behind, { now, isSeated }: Moment): Current {
  const { id = null, at = now } = state.known ?? {};
  return current(state, { id, at: isSeated ? now : at }, false);
}

/** The walk is at its end. */
function finish(
  state: Behind,
  isComplete: boolean,
  moment: Moment,
): CatchUpStep {
  const { walk, known, epoch, latest } = state;
  const isLongAway = moment.now - (known?.at ?? 0) > LONG_AWAY_MS;
  let { lastTime } = state;
  let gapAt: number | null = null;
  // A history may lack its beginning, an archive that breaks off the end.
  if (!isComplete && walk.tag === "history") {
    gapAt = walk.seen.firstAt === null ? null : walk.seen.firstAt - 1;
  } else if (!isComplete) {
    gapAt = lastTime = Math.max(lastTime + 1, 0);
  }
  return to(
    {
      ...currentAfter(state, moment),
      lastTime: Math.max(lastTime, latest),
      doubt: isComplete ? null : state.doubt,
    },
    { type: "store", anchor: null },
    { type: "release", gapAt, epoch },
    ...(isLongAway ? [{ type: "refresh-members" } as const] : []),
    { type: "current", isComplete },
  );
}

/** A room's history is through. */
export function endHistory(state: Behind, moment: Moment): CatchUpStep {
  const { walk } = state;
  if (walk.tag !== "history") return to(state);
  const { count, isKnownMet } = walk.seen;
  return finish(state, !isHistoryCut(count, isKnownMet), moment);
}

/** There was no join, and so no history: the next one asks from the same place. */
const endUnjoined = (state: Behind, moment: Moment): CatchUpStep =>
  to(
    currentAfter(state, moment),
    { type: "release", gapAt: null, epoch: state.epoch },
    { type: "current", isComplete: false },
  );

/** The room has said that we are in. */
export function onLetIn(state: Behind, moment: Moment): CatchUpStep {
  const { walk } = state;
  if (walk.tag !== "joining") return resume(state, moment);
  const until = moment.elapsed + moment.timeoutMs;
  return walking(state, { ...walk, tag: "history", until });
}

/** The time that a walk waited for has come. */
export function onTime(
  state: Behind,
  isConnected: boolean,
  moment: Moment,
): CatchUpStep {
  const { walk } = state;
  if (walk.tag === "history") return endHistory(state, moment);
  if (walk.tag !== "joining") return resume(state, moment);
  return isConnected
    ? endUnjoined(state, moment)
    : to(pause(state, walk, moment));
}
