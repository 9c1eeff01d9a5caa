/**
 * One room: our seat in it, how far its screen is behind, and the messages that it has not confirmed. Each of
 * the three knows nothing of the others; the rules between them stand here, and nowhere else.
 *
 * | what changes | what follows |
 * | --- | --- |
 * | the seat is lost, or may be | the way closes: messages on their way are doubtful |
 * | the room says that we are in, the screen is behind | the catch-up goes on |
 * | the same, the screen is current, a message is doubtful | the archive is asked |
 * | the same, no message is doubtful, or there is no archive | the way opens: messages that wait go out |
 * | the screen is current, and we have a seat | the way opens, with the room's history known or not |
 * | the room has taken a presence for a join | the archive is asked |
 * | a message bounced for now | the seat is checked |
 * | an archive is silent | the seat is checked |
 * | a request that only occupants may make is answered | messages that went out before it have arrived |
 * | back in the seat | told when the screen is current, once, with the last return |
 * | the stream breaks | the catch-up pauses; messages on their way are doubtful, or have failed |
 * | the user is asked something, or Converse leaves for activity indicators | all that waits goes on waiting |
 * | the room is left for good | no catch-up; messages that wait have failed |
 * | the user leaves, or closes a room that was left | no catch-up; messages that wait are forgotten |
 */
import { admit, type Admitted, type Arrival } from "./catch-up/arrivals.js";
import * as screen from "./catch-up/catch-up.js";
import type {
  CatchUp,
  CatchUpEvent,
  Moment as ScreenMoment,
} from "./catch-up/catch-up-events.js";
import { ABSENT } from "./catch-up/catch-up-states.js";
import type { RoomEvent as SeatEvent } from "./events.js";
import type { Effect, Either, Notice, RoomEvent } from "./room-events.js";
import type { FinalReason, Notice as SeatNotice, RoomJid } from "./events.js";
import { judgeMessageError } from "./outbox/message-error.js";
import * as outbox from "./outbox/outbox.js";
import {
  EMPTY,
  isInDoubt,
  unconfirmedSince,
  wakesAt as outboxWakesAt,
  type Outbox,
  type OutboxEvent,
  type Way,
} from "./outbox/outbox-state.js";
import { isHeld } from "./outbox/pending.js";
import { QUESTIONS } from "./seat/leave-reason.js";
import { step as stepSeat } from "./seat/seat.js";
import {
  INITIAL,
  isSeated,
  wakeAt as seatWakesAt,
  type Moment as SeatMoment,
  type RoomState,
} from "./seat/seat-states.js";

export interface Membership {
  readonly seat: RoomState;
  readonly catchUp: CatchUp;
  readonly outbox: Outbox;
}

/** The membership of a room that was never heard of. */
export const UNKNOWN: Membership = {
  seat: INITIAL,
  catchUp: ABSENT,
  outbox: EMPTY,
};

/** The world at the time of an event. */
export interface World extends SeatMoment {
  readonly room: RoomJid;
  /** Milliseconds since 1970, by a clock that anybody may set. */
  readonly date: number;
  /** Milliseconds since 1970, by a clock that nobody sets while the page is open. */
  readonly steadyDate: number;
  /** Whether the room has an archive that is read. */
  readonly hasArchive: boolean;
  /** Whether this tab acts for all that share its connection. */
  readonly isActing: boolean;
  /** How long a message waits for its room, in milliseconds. */
  readonly messageWaitMs: number;
}

/** What an event leads to; effects are to be carried out in their order. */
export interface Step {
  readonly membership: Membership;
  readonly effects: readonly Effect[];
}

/** Whether messages may go to the room now. It is derived, and never stored. */
export function wayOf({ seat, catchUp }: Membership): Way {
  if (!isSeated(seat)) return "closed";
  return catchUp.tag === "behind" ? "unknown" : "open";
}

/** What a mirror of the messages follows. */
export const outboxOf = ({ outbox }: Membership): Outbox => outbox;

/** What a report of a room is made of. */
export const seatOf = ({ seat }: Membership): RoomState => seat;

/** Whether a room was joined, or is about to be, and is still wanted. */
export const isKept = ({ seat }: Membership): boolean => seat.tag !== "left";

/** Whether the user wants to be in a room; one that was never joined in this page may be one of before a reload. */
export const isWanted = (is: Membership): boolean =>
  isUnheard(is) || isKept(is);

/** Whether a room was never joined in this page. */
export const isUnheard = ({ seat }: Membership): boolean =>
  seat.tag === "left" && seat.epoch === INITIAL.epoch;

/** When a membership wants to be woken, in milliseconds of the steady clock; null when it waits for events alone. */
export function wakesAt(
  { seat, catchUp, outbox: { entries }, outbox: box }: Membership,
  at: World,
): number | null {
  const expiry =
    entries.length > 0 ? outboxWakesAt(box, outboxLimits(at)) : null;
  const times = [
    at.isActing ? seatWakesAt(seat, at) : null,
    screen.wakesAt(catchUp),
    expiry === null ? null : expiry - at.steadyDate + at.now,
  ];
  const due = Math.min(...times.map((time) => time ?? Infinity));
  return due === Infinity ? null : due;
}

const outboxLimits = ({
  limits,
  messageWaitMs,
}: Pick<World, "limits" | "messageWaitMs">) => ({
  messageWaitMs,
  answerMs: limits.answerTimeoutMs,
});

/** The moment as the screen sees it. */
export function screenMoment(
  { seat, outbox }: Membership,
  { now, date, steadyDate, random, limits }: World,
): ScreenMoment {
  const since = unconfirmedSince(outbox);
  return {
    now: date,
    elapsed: now,
    random,
    isSeated: isSeated(seat),
    oldestPending: since === null ? null : since + date - steadyDate,
    timeoutMs: limits.answerTimeoutMs,
  };
}

/** Whether a message may enter Converse's model, and where. */
export const admitted = (
  membership: Membership,
  arrival: Arrival,
  at: World,
): Admitted => admit(membership.catchUp, arrival, screenMoment(membership, at));

/** One event's way through the parts of a room. */
class Turn {
  readonly effects: Effect[] = [];

  constructor(
    public is: Membership,
    private readonly at: World,
  ) {}

  seat(event: SeatEvent): void {
    const before = this.is.seat;
    const { state, effects } = stepSeat(before, event, this.at);
    this.is = { ...this.is, seat: state };
    this.onSeat(before, event);
    for (const effect of effects) {
      if (effect.type === "look-up") this.lookUp();
      else if (effect.type === "announce") this.announce(effect.notice);
      else this.effects.push(effect);
    }
  }

  screen(event: CatchUpEvent): void {
    const moment = screenMoment(this.is, this.at);
    const { state, effects } = screen.step(this.is.catchUp, event, moment);
    this.is = { ...this.is, catchUp: state };
    for (const effect of effects) {
      if (effect.type === "silent") this.check();
      else if (effect.type === "current") this.onCurrent(effect.isComplete);
      else if (effect.type === "back") {
        const { outForMs, missed } = effect;
        this.tell({ name: "back", outForMs, missed });
      } else this.effects.push(effect);
    }
  }

  outbox(event: OutboxEvent): void {
    const { steadyDate, hasArchive } = this.at;
    const step = outbox.step(this.is.outbox, event, {
      now: steadyDate,
      way: wayOf(this.is),
      hasArchive,
      limits: outboxLimits(this.at),
    });
    this.is = { ...this.is, outbox: step.outbox };
    this.effects.push(...step.effects);
  }

  /** The way opens; another tab sends what waits where that one acts. */
  open(isHistoryKnown: boolean): void {
    if (this.at.isActing) this.outbox({ type: "way-opened", isHistoryKnown });
  }

  /** A message waits again; the way may be open all along. */
  sendWaiting(event: OutboxEvent): void {
    this.outbox(event);
    if (wayOf(this.is) === "open") this.open(false);
  }

  bounced(event: Either<OutboxEvent, "bounced">): void {
    this.outbox(event);
    const { error, isPrivate } = event;
    const meaning = judgeMessageError(error, { room: this.at.room, isPrivate });
    if (meaning === "passing") this.check();
  }

  /** The time has come; the tab that acts asks for all that share its connection. */
  wake(): void {
    if (this.at.isActing) this.seat({ type: "wake" });
    const isConnected = this.is.seat.tag !== "suspended";
    this.screen({ type: "wake", isConnected });
    this.outbox({ type: "wake" });
  }

  private check(): void {
    if (this.at.isActing) this.seat({ type: "check-wanted" });
  }

  private announce(notice: SeatNotice): void {
    if (notice.name !== "back") return this.tell(notice);
    this.screen({ type: "back", outForMs: notice.outForMs });
  }

  private tell(notice: Notice): void {
    this.effects.push({ type: "announce", notice });
  }

  private onSeat(before: RoomState, event: SeatEvent): void {
    const { seat } = this.is;
    if (seat.tag === "left") {
      if (seat.epoch !== before.epoch) this.onLeft(seat.reason);
    } else if (!isSeated(seat)) {
      this.outbox({ type: "way-closed" });
    } else if (
      seat.tag === "joined" &&
      event.type !== "found-joined" &&
      (!isSeated(before) || before.tag === "checking")
    ) {
      // Without a join nobody was called by name.
      if (event.type === "ping-answered")
        this.effects.push({ type: "forget-roll-call" });
      this.onSeated();
    }
  }

  private onLeft(reason: FinalReason): void {
    this.effects.push({ type: "forget-roll-call" });
    const isOwnWish = reason === "left" || reason === "logged-out";
    const comesBack = reason === "parked" || QUESTIONS.has(reason);
    this.screen(comesBack ? { type: "pause" } : { type: "left", isOwnWish });
    this.outbox(
      reason === "parked"
        ? { type: "way-closed" }
        : { type: "departed", reason },
    );
  }

  /** The room has said that we are in: a message that bounced before would have bounced at once. */
  private onSeated(): void {
    const { catchUp, outbox } = this.is;
    if (catchUp.tag === "behind") return this.screen({ type: "entered" });
    const isToLookUp = catchUp.tag === "current" && isInDoubt(outbox);
    if (isToLookUp && this.at.hasArchive) return this.lookUp();
    // Without proof a message that may have arrived does not go out again.
    this.open(false);
  }

  private onCurrent(isComplete: boolean): void {
    if (isSeated(this.is.seat)) this.open(isComplete);
  }

  private lookUp(): void {
    this.screen({ type: "look-up", hasArchive: this.at.hasArchive });
  }
}

/** A room takes an event. */
export function step(before: Membership, event: RoomEvent, at: World): Step {
  const turn = new Turn(before, at);
  follow(turn, event);
  return { membership: turn.is, effects: turn.effects };
}

function follow(turn: Turn, event: RoomEvent): void {
  switch (event.type) {
    case "join-sent":
      turn.seat({ type: "join-began" });
      return turn.screen(event);
    case "found-in":
      turn.seat({ type: "found-joined", nick: event.nick });
      return turn.screen(event);
    case "self-presence":
      turn.seat(event);
      if (isSeated(turn.is.seat)) turn.screen({ type: "entered" });
      return;
    case "subject-told":
      turn.screen({ type: "subject" });
      return turn.seat(event);
    case "stream-down":
      turn.outbox({ type: "stream-broke" });
      turn.screen(event);
      return turn.seat(event);
    case "wake":
      return turn.wake();
    case "first-fetched":
    case "word":
    case "anchor-found":
    case "page-came":
    case "page-read":
    case "released":
    case "late-news":
      return turn.screen(event);
    case "bounced":
      return turn.bounced(event);
    case "send-again":
      return turn.sendWaiting(event);
    case "absorbed":
      // Another tab has given up sending it.
      return event.entry && isHeld(event.entry)
        ? turn.sendWaiting(event)
        : turn.outbox(event);
    case "typed":
    case "echoed":
    case "answered":
    case "unsent":
    case "unreadable":
    case "restored":
      return turn.outbox(event);
    default:
      return turn.seat(event);
  }
}
