import { QUESTIONS } from "./core/seat/leave-reason.js";
import { isSeated } from "./core/seat/seat-states.js";
import type { FinalReason, RoomEvent, RoomJid } from "./core/events.js";
import type { RoomState } from "./core/seat/seat-states.js";

/** What the rules ask of, and tell, the part that brings a room's screen up to date. */
export interface ScreenPart {
  /** Whether something may be missing on it. */
  isBehind(room: RoomJid): boolean;
  /** Whether Converse still fetches what it shows first. */
  isFirst(room: RoomJid): boolean;
  /** The room has said that we are in. */
  onEntered(room: RoomJid): void;
  /** Asks the archive for what may be missing; false where nothing can be asked. */
  lookUp(room: RoomJid): boolean;
  /** Nothing of what is under way goes on; the next join catches up from where it was. */
  pause(room: RoomJid): void;
  drop(room: RoomJid, isOwnWish: boolean): void;
}

/** What the rules ask of, and tell, the part that delivers what the user says. */
export interface OutboxPart {
  isDoubtful(room: RoomJid): boolean;
  opened(room: RoomJid, isHistoryKnown: boolean): void;
  closed(room: RoomJid): void;
  departed(room: RoomJid, reason: FinalReason): void;
}

/** What the rules tell the part that knows who is in a room. */
export interface OccupantsPart {
  cancel(room: RoomJid): void;
}

/**
 * What one part of a room means for another.
 *
 * | what changes | what follows |
 * | --- | --- |
 * | the seat is lost, or may be | what is on its way is doubtful, and what is typed waits |
 * | the room says that we are in, the screen is behind | the catch-up goes on |
 * | the same, the screen is current, something is doubtful | the archive is asked |
 * | the same, nothing is doubtful or there is no archive | what waits goes out |
 * | the screen is current, and we have a seat | what waits goes out, and what was lost |
 * | the user is asked something, or Converse leaves for activity indicators | all that waits goes on waiting |
 * | the room is left for good | no catch-up; what waits has failed |
 * | the user leaves, or closes a room that was left | no catch-up; what waits is forgotten |
 */
export class Rules {
  constructor(
    private readonly stateOf: (room: RoomJid) => RoomState,
    private readonly screen: ScreenPart,
    private readonly outbox: OutboxPart,
    private readonly occupants: OccupantsPart,
  ) {}

  /** A room has taken an event. */
  onChange(
    room: RoomJid,
    before: RoomState,
    state: RoomState,
    event: RoomEvent,
  ): void {
    if (state.tag === "left") {
      const isNews = before.tag !== "left" || before.reason !== state.reason;
      if (isNews) this.onLeft(room, state.reason);
    } else if (!isSeated(state)) {
      this.outbox.closed(room);
    } else if (
      state.tag === "joined" &&
      event.type !== "found-joined" &&
      (!isSeated(before) || before.tag === "checking")
    ) {
      // Without a join nobody was called by name.
      if (event.type === "ping-answered") this.occupants.cancel(room);
      this.onSeated(room);
    }
  }

  /** The screen shows what the room said. @param isComplete whether that is all the room has */
  onCurrent(room: RoomJid, isComplete: boolean): void {
    if (this.isIn(room)) this.outbox.opened(room, isComplete);
  }

  /** Whether we have our seat, and the screen shows what the room said. */
  isOpen(room: RoomJid): boolean {
    return this.isIn(room) && !this.screen.isBehind(room);
  }

  private isIn(room: RoomJid): boolean {
    return isSeated(this.stateOf(room));
  }

  /** The room has said that we are in: what bounced before would have bounced at once. */
  private onSeated(room: RoomJid): void {
    if (this.screen.isBehind(room)) return this.screen.onEntered(room);
    const isToLookUp =
      !this.screen.isFirst(room) && this.outbox.isDoubtful(room);
    if (isToLookUp && this.screen.lookUp(room)) return;
    // Without proof, what may have arrived does not go out again.
    this.outbox.opened(room, false);
  }

  private onLeft(room: RoomJid, reason: FinalReason): void {
    this.occupants.cancel(room);
    const comesBack = reason === "parked" || QUESTIONS.has(reason);
    if (comesBack) this.screen.pause(room);
    else this.screen.drop(room, reason === "left" || reason === "logged-out");
    if (reason === "parked") this.outbox.closed(room);
    else this.outbox.departed(room, reason);
  }
}
