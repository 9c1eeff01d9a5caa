import { isSeated, type RoomState } from "../../core/seat/seat-states.js";

/**
 * Errors for another status than a join: whether we are still in is found out before Converse hears of them.
 */
export class Refusals {
  private readonly withheld = new WeakSet<Element>();

  /** A room has refused a presence. */
  note(seat: RoomState, presence: Element): void {
    if (isSeated(seat) && seat.tag !== "renaming") this.withheld.add(presence);
  }

  isWithheld(presence: Element): boolean {
    return this.withheld.has(presence);
  }
}
