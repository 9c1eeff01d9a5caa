import type {
  Effect,
  FinalReason,
  Guard,
  Limits,
  PassingReason,
} from "../events.js";

interface Common {
  /**
   * Counts pings, joins and departures. An answer carries the epoch of its question and is dropped when
   * the state has moved on.
   */
  readonly epoch: number;
  /** The nick that the service last confirmed; null before the first self-presence. */
  readonly nick: string | null;
  /** Since when the user is known to be out; null while that is not known. */
  readonly outSince: number | null;
  /** Since when the room is in this state. */
  readonly since: number;
  readonly guard: Guard;
  /** Whether the room was found lost without a push although it pushes: the way of pushes may be blocked. */
  readonly hasMissedPush: boolean;
  /** How often in a row the room could not be reached or joined. */
  readonly attempt: number;
  /** How often in a row a wait was cut short. */
  readonly prompted: number;
  /** How often in a row the room let us in for moments only. */
  readonly brief: number;
  /** How often in a row a join found no such room. */
  readonly missing: number;
  /** Since when we have the seat that we have; null without one. */
  readonly enteredAt: number | null;
}

/** The stream is down: nothing is asked and nothing is sent until it is back. */
export interface Suspended extends Common {
  readonly tag: "suspended";
}
/** A join was asked for, by this plugin or by Converse. */
export interface Joining extends Common {
  readonly tag: "joining";
  /** When it counts as failed; null while it waits for its turn. */
  readonly until: number | null;
  /** Whether a self-ping has just found that there is no such room; null where none has asked. */
  readonly isGone: boolean | null;
  /** When the seat was lost that this join is to bring back; minus infinity for none. */
  readonly lostAt: number;
}
/** In the room, as far as anybody knows. */
export interface Joined extends Common {
  readonly tag: "joined";
  readonly nick: string;
  /** When a check last came back `joined`; minus infinity before the first. */
  readonly checkedAt: number;
  /** When a deferred check is due; null when none is. */
  readonly recheckAt: number | null;
  /** When another status went to the room, which it takes for a join if it has forgotten us; minus infinity for never. */
  readonly presenceSentAt: number;
}
/** A self-ping is in flight; `epoch` is its id. */
export interface Checking extends Common {
  readonly tag: "checking";
  readonly nick: string;
  /** Whether it began in a room that was believed joined; otherwise a join may be confirmed late. */
  readonly isSeated: boolean;
  /** Whether the room itself has spoken: by a push, or its service's word that it is ready. */
  readonly hasRoomSpoken: boolean;
  /** Whether something asked for another check meanwhile. */
  readonly isRecheckDue: boolean;
  /** When the ping counts as lost because the room has spoken since; null while it has not. */
  readonly until: number | null;
}
/** A new nick was asked for and is not confirmed yet: which one to ping is not known until `until`. */
export interface Renaming extends Common {
  readonly tag: "renaming";
  readonly nick: string;
  readonly asked: string;
  readonly until: number;
  readonly isRecheckDue: boolean;
}
/** Out, or out of reach. */
export interface Waiting extends Common {
  readonly tag: "waiting";
  /** When it is pinged again; null while another room asks after the same host. */
  readonly until: number | null;
  /** Before this nothing cuts the wait short. */
  readonly promptableAt: number;
  /** Whether the room has said that we are out, so that a ping before the join would say nothing new. */
  readonly isJoinDue: boolean;
  readonly reason: PassingReason;
}
/** Out, and staying out until the user or Converse joins again. */
export interface Left extends Common {
  readonly tag: "left";
  readonly reason: FinalReason;
}

/** The state of one room. Its times are milliseconds of a clock that nobody sets. */
export type RoomState =
  Suspended | Joining | Joined | Checking | Renaming | Waiting | Left;

/** What an event leads to. */
export interface Step {
  readonly state: RoomState;
  /** To be carried out in this order. */
  readonly effects: readonly Effect[];
}

/** The world at the time of an event. Times are milliseconds of a clock that nobody sets. */
export interface Moment {
  readonly now: number;
  /** A number in [0, 1), for the jitter. */
  readonly random: number;
  /** When a stanza last came from the room; minus infinity for never. */
  readonly heardAt: number;
  readonly limits: Limits;
}

/** Not a member, and never was: where every room starts. */
export const INITIAL: Left = {
  tag: "left",
  epoch: 0,
  nick: null,
  outSince: null,
  since: 0,
  guard: "silence",
  hasMissedPush: false,
  attempt: 0,
  prompted: 0,
  brief: 0,
  missing: 0,
  enteredAt: null,
  reason: "left",
};

/** Whether we have a seat, as far as anybody knows. */
export const isSeated = (state: RoomState): boolean =>
  state.tag === "joined" ||
  state.tag === "renaming" ||
  (state.tag === "checking" && state.isSeated);

/** Whether a step has ended what was under way: an answer to it comes too late. */
export const hasMovedOn = (before: RoomState, state: RoomState): boolean =>
  state.epoch !== before.epoch || state.tag !== before.tag;

/** How long a room may be silent before it is asked, in milliseconds; 0 for ever. */
function patienceMs({ guard, hasMissedPush }: RoomState, limits: Limits) {
  const isTold = guard === "ready" || (guard === "push" && !hasMissedPush);
  return isTold ? limits.slowCheckMs : limits.silenceMs;
}

/**
 * When a state wants to be woken.
 *
 * @returns null when it waits for events alone
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
      const { recheckAt, since, checkedAt } = state;
      const patience = patienceMs(state, limits);
      if (patience === 0) return recheckAt;
      const silentAt = Math.max(heardAt, since, checkedAt) + patience;
      return recheckAt === null ? silentAt : Math.min(recheckAt, silentAt);
    }
    default:
      return null;
  }
}
/** The state with one tag. */
export type StateOf<T extends RoomState["tag"]> = Extract<
  RoomState,
  { tag: T }
>;
