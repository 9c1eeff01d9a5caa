import type {
  FinalReason,
  Guard,
  PassingReason,
  RoomJid,
  Verdict,
} from "./core/events.js";
import { isUnheard, seatOf } from "./core/membership.js";
import type { Notice } from "./core/room-events.js";
import type { RoomState } from "./core/seat/seat-states.js";
import type { ClockPort, Desk } from "./ports.js";

/** The state of a room, for other plugins and for what people see. */
export interface RoomReport {
  /**
   * `joined`; `checking`: a self-ping is under way; `renaming`: another nick was asked for; `joining`;
   * `waiting`: out, or out of reach, and asked again; `suspended`: the stream is down; `left`: out, and
   * staying out.
   */
  readonly state: RoomState["tag"];
  /** Why the room is waited for, or was left; absent in the other states. */
  readonly reason?: PassingReason | FinalReason;
  /** Since when the room is in this state, in milliseconds since 1970. */
  readonly since: number;
  /** When the room is asked again, in milliseconds since 1970; absent when no time is set. */
  readonly nextAttemptAt?: number;
  /** Since when the user is known to be out, in milliseconds since 1970; absent while in. */
  readonly outSince?: number;
  /**
   * How a loss of the seat would show: the room pushes (`push`), its service says when it is ready again
   * (`ready`), or only by its silence.
   */
  readonly guard: Guard;
}

/** What `_converse.api.mucPush` offers. */
export interface MucPushApi {
  /**
   * The state of a room.
   *
   * @param room the room's bare JID
   * @returns null for a room that was not joined since the login
   */
  state(room: RoomJid): RoomReport | null;
  /**
   * Finds out now whether the user is still in a room (XEP-0410), and rejoins if not. Within the check
   * interval after the last check it is put off to the end of that interval.
   *
   * @param room the room's bare JID
   */
  check(room: RoomJid): void;
}

/** The events that this plugin triggers, with their payloads; listen with `api.listen.on`. */
export interface MucPushEvents {
  /** The room confirmed the registration for push. */
  mucPushEnabled: { readonly room: RoomJid };
  /** The room was asked to forget the registration. */
  mucPushDisabled: { readonly room: RoomJid };
  /** A push came and was answered: `accepted` with `result`, otherwise with `item-not-found`. */
  mucPushReceived: { readonly room: string; readonly accepted: boolean };
  /** A self-ping was answered, or was not. */
  mucPushChecked: { readonly room: RoomJid; readonly verdict: Verdict };
  /** The user turned out not to be in the room any more, and is being brought back. */
  mucPushOut: { readonly room: RoomJid; readonly reason: PassingReason };
  /**
   * The user is back in the room, and Converse has fetched what was missed: `outForMs` milliseconds after
   * it became known that they were out, having missed `missed` messages of others.
   */
  mucPushBack: {
    readonly room: RoomJid;
    readonly outForMs: number;
    readonly missed: number;
  };
  /** The user is out and stays out. */
  mucPushGivenUp: { readonly room: RoomJid; readonly reason: FinalReason };
}

/** An event of this plugin: its name and its payload. */
export type MucPushEvent = {
  [Name in keyof MucPushEvents]: readonly [
    name: Name,
    payload: MucPushEvents[Name],
  ];
}[keyof MucPushEvents];

/** The event that tells other plugins of a notice. */
export function eventOf(room: RoomJid, notice: Notice): MucPushEvent {
  switch (notice.name) {
    case "checked":
      return ["mucPushChecked", { room, verdict: notice.verdict }];
    case "out":
      return ["mucPushOut", { room, reason: notice.reason }];
    case "back":
      return [
        "mucPushBack",
        { room, outForMs: notice.outForMs, missed: notice.missed },
      ];
    case "given-up":
      return ["mucPushGivenUp", { room, reason: notice.reason }];
  }
}

/** What other plugins may call. */
export function createApi(desk: Desk, clock: ClockPort): MucPushApi {
  const toDate = dates(clock);
  return {
    state(room) {
      const is = desk.ask(room.toLowerCase());
      return isUnheard(is) ? null : reportOf(seatOf(is), toDate);
    },
    check(room) {
      desk.tell(room.toLowerCase(), { type: "check-wanted" });
    },
  };
}

/** The clocks may differ by this much, in milliseconds, before a date moves: they don't tick together. */
const STEP_MS = 1_000;

/** Turns times of the clock that nobody sets into dates, in milliseconds since 1970. */
function dates(clock: ClockPort): (time: number) => number {
  let offset = -Infinity;
  return (time) => {
    const difference = Math.round(clock.now() - clock.elapsed());
    if (Math.abs(difference - offset) > STEP_MS) offset = difference;
    return Math.round(time) + offset;
  };
}

function reportOf(
  state: RoomState,
  toDate: (time: number) => number,
): RoomReport {
  const { tag, since, outSince, guard } = state;
  const nextAttemptAt = tag === "waiting" ? state.until : null;
  return {
    state: tag,
    since: toDate(since),
    guard,
    ...("reason" in state ? { reason: state.reason } : {}),
    ...(nextAttemptAt === null ? {} : { nextAttemptAt: toDate(nextAttemptAt) }),
    ...(outSince === null ? {} : { outSince: toDate(outSince) }),
  };
}
