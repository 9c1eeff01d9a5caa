import type { CreatedMessage } from "../act/quiet-return.js";
import { isKept, isUnheard } from "../../core/membership.js";
import { bareJid } from "../../core/jid.js";
import type { Desk } from "../../ports.js";
import type { Passwords } from "../act/passwords.js";
import type { RollCall } from "../act/quiet-return.js";
import type { Reading } from "../act/reading.js";
import type { Rooms } from "../act/rooms.js";
import type { Compat } from "../converse.js";
import type { MessageAttributes, MucModel } from "../converse-types.js";
import type { MessageError, MucHooks } from "./muc-hooks.js";
import type { Refusals } from "./refusals.js";
import type { SendAnswers } from "./send-answers.js";

/** The parts that answer Converse's questions beside the rooms. */
export interface HookParts {
  readonly compat: Compat;
  readonly rooms: Rooms;
  readonly reading: Reading;
  readonly rollCall: RollCall;
  readonly passwords: Passwords;
  readonly refusals: Refusals;
  readonly answers: SendAnswers;
}

/** Answers the questions of Converse's MUC models. */
export class Hooks implements MucHooks {
  constructor(
    private readonly parts: HookParts,
    private readonly desk: Desk,
  ) {}

  onOpened(muc: MucModel): void {
    this.parts.rooms.onOpened(muc);
  }

  onLeave(muc: MucModel): void {
    const { compat, rooms, passwords } = this.parts;
    const room = rooms.jidOf(muc);
    const reason = compat.isParking(muc) ? "parked" : "left";
    if (reason === "left") passwords.forget(room);
    this.desk.tell(room, { type: "user-left", reason });
    rooms.onLeave(muc);
  }

  onRejoinIfNecessary(muc: MucModel): Promise<boolean> | null {
    const { desk } = this;
    const room = this.parts.rooms.jidOf(muc);
    if (isUnheard(desk.ask(room))) return null;
    desk.tell(room, { type: "glance" });
    return desk.whenChecked(room).then(() => {
      const { tag } = desk.ask(room).seat;
      return tag !== "left" && tag !== "joined";
    });
  }

  onQueued(muc: MucModel, attributes: MessageAttributes): boolean {
    const { rooms, reading } = this.parts;
    const room = rooms.jidOf(muc);
    const { catchUp } = this.desk.ask(room);
    if (catchUp.tag === "absent" || attributes.type !== "groupchat")
      return true;
    const { admission } = this.desk.admit(room, (state) =>
      reading.arrivalOf(room, muc, attributes, state),
    );
    return reading.admit(room, muc, attributes, admission);
  }

  onCreated(muc: MucModel, message: CreatedMessage): boolean {
    const { rooms, rollCall } = this.parts;
    return rollCall.mayShow(rooms.jidOf(muc), message);
  }

  onPresence(muc: MucModel, presence: Element): boolean {
    const { rooms, rollCall, refusals } = this.parts;
    if (refusals.isWithheld(presence)) return false;
    const room = rooms.jidOf(muc);
    const is = this.desk.ask(room);
    return rollCall.mayHear(room, presence, isKept(is), is.seat.nick);
  }

  onRefreshDiscoInfo(muc: MucModel): boolean {
    return this.parts.rooms.shouldRefresh(muc);
  }

  isErrorOurs(muc: MucModel, error: MessageError): boolean {
    return this.parts.answers.isErrorOurs(this.desk, muc, error);
  }

  onTimedMessage(
    muc: MucModel,
    stanza: Element,
    answer: Promise<unknown>,
  ): Promise<unknown> {
    return this.parts.answers.onTimedMessage(this.desk, muc, stanza, answer);
  }

  /** Whether Converse may notify of a message: in a return of one, as the site's settings say. */
  mayNotify(attributes: MessageAttributes): boolean {
    const room = bareJid(String(attributes.from ?? ""));
    const isLate =
      attributes.is_delayed && this.desk.ask(room).catchUp.tag === "behind";
    return !isLate || this.parts.reading.mayNotify(room, attributes);
  }
}
