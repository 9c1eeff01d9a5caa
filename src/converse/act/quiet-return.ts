/**
 * The quiet return: Converse goes on believing that it never left a room. It does not hear that the service
 * took the user's seat; the join goes out past its model; occupants who are gone leave the list silently, and
 * those with new ids stay the same; the room's notes for those who join are not shown again; and Converse does
 * not ask the archive, because the catch-up does.
 */

import { isOutage, isOwn, readRefusal } from "../../core/seat/leave-reason.js";
import { resourceOf } from "../../core/jid.js";
import type { RoomJid, StanzaError } from "../../core/events.js";
import type { Membership } from "../../core/membership.js";
import type { RoomEvent } from "../../core/room-events.js";
import type { ClockPort, Mirror } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { Passwords } from "./passwords.js";
import { ROOM_STATUS } from "../converse.js";
import type { MucModel } from "../converse-types.js";
import { renewOccupantId } from "../releases/occupant-ids.js";
import { presenceView } from "../stanza-view.js";

/** What a room says of itself to whoever joins (XEP-0045 §15.6): not anonymous, and logged. */
const TOLD_ON_JOIN: ReadonlySet<string> = new Set(["100", "170"]);

/** A message that Converse is about to show, as far as it matters here. */
export interface CreatedMessage {
  readonly type?: unknown;
  readonly code?: unknown;
}

/** Converse's rooms, as a quiet return uses them. */
export interface ShownRooms {
  /** Converse's model of a room; undefined when it has none. */
  modelOf(room: RoomJid): MucModel | undefined;
  /** Whether Converse shows a room as one that the user is in. */
  isShownIn(room: RoomJid): boolean;
  /** Notes that a room is not what Converse shows it as. */
  conceal(room: RoomJid): void;
}

/**
 * Joins anew a room that Converse believes it is in, and leaves it in that belief: nothing on the screen
 * changes. Ends when the join was sent, or is not wanted any more.
 */
export async function rejoinQuietly(
  compat: Compat,
  muc: MucModel,
  isStillWanted: () => boolean,
): Promise<void> {
  // Behind the handlers of this plugin, which has to hear of a refusal first.
  muc.registerHandlers();
  const presence = await compat.joinPresence(muc);
  // Another plugin has a hand in it, and may have taken its time.
  if (isStillWanted()) compat.api.send(presence);
}

/** Whether Converse itself may ask a room's archive when it enters it: not where this plugin catches up. */
export function letAskArchive(muc: MucModel, mayAsk: boolean): void {
  if (Boolean(muc.disable_mam) === mayAsk) muc.disable_mam = !mayAsk;
}

/** Takes those out of the list of occupants who were in the room before, and are not now. */
function removeAbsent(muc: MucModel, present: ReadonlySet<string>): void {
  const offline = { presence: "offline", show: "offline", role: undefined };
  for (const occupant of [...(muc.occupants?.models ?? [])]) {
    if (present.has(String(occupant.get("nick")))) continue;
    // Silently: they did not leave while the user was looking.
    if (occupant.isMember()) occupant.save?.(offline);
    else {
      occupant.set?.(offline, { silent: true });
      occupant.destroy?.();
    }
  }
}

/** Who was in the list, and not named when the user came back. */
interface Missed {
  /** The user's own id from before (XEP-0421). */
  readonly ownId: unknown;
  readonly nicks: Set<string>;
}

/**
 * Who is in a room after a rejoin that Converse knows nothing of: a room names everybody else before it
 * confirms us (XEP-0045 §7.2.3), so whoever was not named is not there.
 */
export class RollCall implements Mirror {
  private readonly calls = new Map<RoomJid, Set<string>>();
  private readonly missed = new Map<RoomJid, Missed>();

  constructor(
    private readonly rooms: ShownRooms,
    private readonly clock: ClockPort,
    private readonly passwords: Passwords,
  ) {}

  stepped(
    room: RoomJid,
    _is: Membership,
    _was: Membership,
    { type }: RoomEvent,
  ): void {
    if (type === "join-sent") this.begin(room);
  }

  /** A join goes out. */
  private begin(room: RoomJid): void {
    const ownId = this.rooms.modelOf(room)?.get("occupant_id");
    this.missed.set(room, { ownId, nicks: new Set() });
    // Otherwise Converse itself begins with an empty list.
    if (this.rooms.isShownIn(room)) this.calls.set(room, new Set());
    else this.calls.delete(room);
  }

  /** Somebody is in the room. */
  note(room: RoomJid, nick: string): void {
    this.calls.get(room)?.add(nick);
  }

  /** Nobody can say who is in the room: what it told us may have been lost. */
  cancel(room: RoomJid): void {
    this.calls.delete(room);
  }

  forgotten(): void {
    this.calls.clear();
    this.missed.clear();
  }

  /** The room has confirmed us. */
  end(room: RoomJid): void {
    const present = this.calls.get(room);
    const muc = present && this.rooms.modelOf(room);
    if (present && muc) {
      for (const occupant of muc.occupants?.models ?? []) {
        const nick = String(occupant.get("nick"));
        if (!present.has(nick)) this.missed.get(room)?.nicks.add(nick);
      }
      removeAbsent(muc, present);
    }
    // Converse still reads the presence that ends it.
    this.clock.after(0, () => {
      if (this.calls.get(room) === present) this.calls.delete(room);
    });
  }

  /**
   * Whether Converse may hear of a presence: not of what a return makes good, as it would show the room as left.
   *
   * @param isKept whether the room has not been given up by that
   * @param nick what the room last confirmed; null when it has confirmed none
   */
  mayHear(
    room: RoomJid,
    presence: Element,
    isKept: boolean,
    nick: string | null,
  ): boolean {
    const view = presenceView(presence);
    if (view.error) return this.mayRefuse(room, view.error, isKept);
    if (view.type === "available") this.renewId(room, presence);
    if (view.type !== "unavailable" || !isKept) return true;
    // Where Converse shows the room as left already, it may hear all.
    if (!this.rooms.isShownIn(room) || !isOutage(view, nick)) return true;
    if (isOwn(view, nick)) this.rooms.conceal(room);
    return false;
  }

  private mayRefuse(
    room: RoomJid,
    error: StanzaError,
    isKept: boolean,
  ): boolean {
    if (error.condition === "not-authorized") this.askForPassword(room);
    // A join that Converse knows of is Converse's.
    if (!this.calls.delete(room)) return true;
    if (isKept && readRefusal(error).comesBack) return false;
    // What Converse does now, it does to a room that it joins.
    this.showJoining(room);
    return true;
  }

  /** Has Converse believe that it joins a room, without showing it. */
  private showJoining(room: RoomJid): void {
    const { CONNECTING } = ROOM_STATUS;
    const session = this.rooms.modelOf(room)?.session;
    session?.set?.({ connection_status: CONNECTING }, { silent: true });
  }

  /** Converse says "Password incorrect", also where nobody has entered one. */
  private askForPassword(room: RoomJid): void {
    if (this.passwords.onRefused(room)) return;
    this.clock.after(0, () =>
      this.rooms.modelOf(room)?.save({ password_validation_message: null }),
    );
  }

  /** Converse takes those whom a service gave new ids for others. */
  private renewId(room: RoomJid, presence: Element): void {
    const muc = this.rooms.modelOf(room);
    if (!muc) return;
    const { ownId, nicks } = this.missed.get(room) ?? {};
    const nick = resourceOf(presence.getAttribute("from") ?? "");
    // Members stay in the list with the id of before, which says nothing once the user's own is another one.
    const isNew = ownId && muc.get("occupant_id") !== ownId;
    const isLate = nick !== null && nicks?.delete(nick) && isNew;
    if (isLate || this.calls.has(room)) {
      renewOccupantId(muc, presence);
    }
  }

  /** Whether Converse may show something: not what the user was told when they joined. */
  mayShow(room: RoomJid, { type, code }: CreatedMessage): boolean {
    const isTold = type === "info" && TOLD_ON_JOIN.has(String(code));
    return !(isTold && this.calls.has(room));
  }
}
