import { QUESTIONS } from "../seat/leave-reason.js";
import { judgeMessageError } from "./message-error.js";
import {
  after,
  change,
  doubtAll,
  doubted,
  fail,
  finish,
  FRESH,
  HELD,
  insert,
  nextTime,
  revived,
  sendOut,
  stay,
  wentBy,
  without,
  type Is,
} from "./outbox-moves.js";
import {
  expiresAt,
  find,
  settledAt,
  type Outbox,
  type OutboxEvent,
  type OutboxMoment,
  type OutboxStep,
} from "./outbox-state.js";
import {
  byClockOf,
  findIn,
  isDoubtful,
  isFailed,
  isHeld,
  isSent,
  turnOf,
  type Phase,
} from "./pending.js";

/**
 * How often a message goes out at most: each time but the first somebody had confirmed that the room is
 * there and that we are in it. One that bounces still is not welcome.
 */
export const MAX_TRIES = 5;

/** How often a message goes out at most if nothing tells whether it has arrived. */
const MAX_DOUBTS = 2;

/** How many streams may break while a message is on its way: the second time it was the message. */
const MAX_BREAKS = 2;

type Event<T extends OutboxEvent["type"]> = Extract<OutboxEvent, { type: T }>;

const isAny: Is = () => true;

/**
 * The outbox of one room: the messages of its user go through these phases.
 *
 * | event | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | echoed, live or out of a history | done | done | done | done, revived |
 * | a later one was echoed live, or a later request answered | dropped | – | – | – |
 * | bounced, the room may take it later | held | held | held | – |
 * | bounced otherwise | Converse's | Converse's | Converse's | – |
 * | the way closes, or the room asks the user something | doubtful | – | – | – |
 * | the own stream breaks | doubtful; the second time failed | – | – | – |
 * | the way opens, history not known | – | – | sent | – |
 * | the way opens, history known | – | sent; failed after two sendings | sent | – |
 * | the way opens, proved absent | – | sent | sent | – |
 * | the way opens, after five sendings | – | failed | failed | – |
 * | waited too long | done | failed | failed | – |
 * | the room is lost | failed | failed | failed | – |
 * | the user leaves the room | failed, dropped | failed, dropped | failed, dropped | dropped |
 * | the user logs out | dropped | dropped | dropped | dropped |
 * | sent again by the user | – | – | – | held, last of all |
 * | sent again by stream management, the way open | sent | sent; not after two sendings | sent | – |
 * | the same, the way not open | doubtful | – | – | – |
 * | could not be given to the server | held | – | – | – |
 * | is no stanza | failed | failed | failed | – |
 * | the page is reloaded | doubtful | – | – | – |
 *
 * A private message differs in three rows:
 *
 * | event | sent | doubtful | held | failed |
 * | --- | --- | --- | --- | --- |
 * | echoed, live or out of a history | – | – | – | – |
 * | no error came in time | done | – | – | – |
 * | the way opens, whatever is known | – | failed | sent | – |
 *
 * A message is proved absent by an archive that does not have it, in a room that has given another one back
 * under our id. Elsewhere nothing tells, and people must not hear it a third time.
 *
 * A message that is typed goes out while the way is open and none waits before it: the step leaves it `sent`,
 * and the stanza at the door is its sending, so that no `send` follows.
 */
export function step(
  outbox: Outbox,
  event: OutboxEvent,
  moment: OutboxMoment,
): OutboxStep {
  switch (event.type) {
    case "typed":
      return stay(typed(outbox, event, moment));
    case "echoed":
      return echoed(outbox, event);
    case "bounced":
      return bounced(outbox, event);
    case "answered":
      return finish(outbox, (entry) => wentBy(entry, event.turn), true);
    case "way-closed":
      return stay(doubtAll(outbox));
    case "way-opened":
      return opened(outbox, event, moment);
    case "stream-broke":
      return streamBroke(outbox);
    case "departed":
      return departed(outbox, event);
    case "send-again":
      return sendAgain(outbox, event, moment);
    case "unsent":
      return stay(unsent(outbox, event));
    case "unreadable":
      return fail(outbox, ({ id }) => id === event.id, "unreadable");
    case "restored":
      return stay(restored(outbox, event, moment));
    case "absorbed":
      return absorbed(outbox, event, moment);
    case "wake":
      return wake(outbox, moment);
  }
}

const restored = (
  outbox: Outbox,
  { entries, latest }: Event<"restored">,
  { now }: OutboxMoment,
): Outbox => doubtAll(byClockOf(now, entries, latest).reduce(insert, outbox));

function typed(
  before: Outbox,
  { draft, isConnected }: Event<"typed">,
  { now, way }: OutboxMoment,
): Outbox {
  const isOpen = isConnected && way === "open";
  const outbox = isOpen ? before : doubtAll(before);
  const known = find(outbox, draft.id);
  // Stream management says everything again: a message that has failed is the user's to send.
  if (known && isFailed(known)) return outbox;
  const sentAt = nextTime(outbox, now);
  const entry = known ?? { ...draft, ...FRESH, sentAt };
  // A message that waits goes first: the room shall have them in the user's order.
  const isFirst = !outbox.entries.some((e) => isHeld(e) && e !== known);
  const mayGo = entry.tries < MAX_TRIES && entry.doubts < MAX_DOUBTS;
  const isGoing = isOpen && isFirst && mayGo;
  const phase = isDoubtful(entry) ? entry.phase : HELD;
  const next = insert(outbox, { ...entry, phase });
  return isGoing ? sendOut(next, ({ id }) => id === entry.id, now) : next;
}

function echoed(
  outbox: Outbox,
  { ids, ownBody, isLive }: Event<"echoed">,
): OutboxStep {
  const own = outbox.entries.filter(({ isPrivate }) => !isPrivate);
  const byId = findIn(own, ids);
  // Some rooms give every message an id of their own.
  const isAlike: Is = (e) => isSent(e) && !!ownBody && e.body === ownBody;
  const entry = byId ?? own.find(isAlike);
  if (!entry) return stay(outbox);
  const keepsIds = outbox.keepsIds || byId !== undefined;
  const done = finish({ ...outbox, keepsIds }, (e) => e === entry, true);
  // A room answers in order: it does not want to have a message that it has passed over.
  const turn = isLive ? turnOf(entry) : 0;
  return after(
    {
      ...done,
      effects: [...(isFailed(entry) ? [revived(entry)] : []), ...done.effects],
    },
    (rest) => finish(rest, (e) => wentBy(e, turn - 1), false),
  );
}

function bounced(
  outbox: Outbox,
  { ids, error, isPrivate }: Event<"bounced">,
): OutboxStep {
  const concerned = outbox.entries.filter((e) => e.isPrivate || !isPrivate);
  const entry = findIn(concerned, ids);
  if (!entry || isFailed(entry)) return stay(outbox);
  const isIt: Is = ({ id }) => id === entry.id;
  if (judgeMessageError(error, entry) === "final") {
    return finish(outbox, isIt, false);
  }
  // That sending has not arrived.
  const doubts = entry.doubts - (isDoubtful(entry) ? 1 : 0);
  const held = change(outbox, isIt, (e) => ({ ...e, doubts, phase: HELD }));
  return entry.tries < MAX_TRIES
    ? stay(held)
    : fail(held, isIt, "bounced-too-often");
}

function opened(
  outbox: Outbox,
  { isHistoryKnown }: Event<"way-opened">,
  { hasArchive, now }: OutboxMoment,
): OutboxStep {
  const isReady: Is = (entry) =>
    isHeld(entry) || (isDoubtful(entry) && (isHistoryKnown || entry.isPrivate));
  const isProof = isHistoryKnown && hasArchive && outbox.keepsIds;
  const proved = isProof
    ? change(outbox, isReady, (entry) => ({ ...entry, doubts: 0 }))
    : outbox;
  const isWorn: Is = (entry) => isReady(entry) && entry.tries >= MAX_TRIES;
  const isUnclear: Is = (entry) =>
    isReady(entry) &&
    (entry.doubts >= MAX_DOUBTS || (entry.isPrivate && isDoubtful(entry)));
  const { outbox: rest, effects } = after(
    fail(proved, isWorn, "bounced-too-often"),
    (left) => fail(left, isUnclear, "unconfirmed"),
  );
  const out = rest.entries.filter(isReady);
  return {
    outbox: sendOut(rest, isReady, now),
    effects: [
      ...effects,
      ...out.map(({ id, xml }) => ({ type: "send" as const, id, xml })),
    ],
  };
}

function streamBroke(outbox: Outbox): OutboxStep {
  const broken = change(outbox, isSent, (entry) => ({
    ...doubted(entry),
    breaks: entry.breaks + 1,
  }));
  const isWorn: Is = (e) => isDoubtful(e) && e.breaks >= MAX_BREAKS;
  return fail(broken, isWorn, "breaks-streams");
}

function departed(outbox: Outbox, { reason }: Event<"departed">): OutboxStep {
  if (QUESTIONS.has(reason)) return stay(doubtAll(outbox));
  if (reason === "logged-out") return finish(outbox, isAny, false);
  const lost = fail(outbox, isAny, reason);
  return reason === "left"
    ? after(lost, (rest) => finish(rest, isAny, false))
    : lost;
}

function sendAgain(
  outbox: Outbox,
  { id }: Event<"send-again">,
  { now }: OutboxMoment,
): OutboxStep {
  const entry = find(outbox, id);
  if (!entry || !isFailed(entry)) return stay(outbox);
  const rest = without(outbox, (e) => e === entry);
  const again = { ...entry, ...FRESH, sentAt: nextTime(rest, now) };
  return { outbox: insert(rest, again), effects: [revived(again)] };
}

function unsent(outbox: Outbox, { ids }: Event<"unsent">): Outbox {
  return change(
    outbox,
    (entry) => isSent(entry) && ids.includes(entry.id),
    (entry) => ({ ...entry, tries: entry.tries - 1, phase: HELD }),
  );
}

function absorbed(
  outbox: Outbox,
  { id, entry }: Event<"absorbed">,
  { now, way }: OutboxMoment,
): OutboxStep {
  if (!entry) return finish(outbox, (e) => e.id === id, false);
  if (!isSent(entry)) return stay(insert(outbox, entry));
  if (way !== "open") return stay(insert(outbox, doubted(entry)));
  const turn = outbox.lastTurn + 1;
  const phase: Phase = { tag: "sent", turn, at: now };
  return stay(insert({ ...outbox, lastTurn: turn }, { ...entry, phase }));
}

function wake(outbox: Outbox, { now, limits }: OutboxMoment): OutboxStep {
  const isSettled: Is = (entry) => settledAt(entry, limits) <= now;
  const isOld: Is = (entry) => expiresAt(entry, limits) <= now;
  return after(
    finish(outbox, isSettled, true),
    // In a room where nothing ever went wrong since: it was not lost, and is not wanted.
    (rest) => finish(rest, (entry) => isSent(entry) && isOld(entry), false),
    (rest) => fail(rest, isOld, "waited-too-long"),
  );
}
