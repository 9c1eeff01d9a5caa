import { judgeMessageError } from "../../core/outbox/message-error.js";
import { find } from "../../core/outbox/outbox-state.js";
import type { RoomJid } from "../../core/events.js";
import type { Desk } from "../../ports.js";
import type { Rooms } from "../act/rooms.js";
import type { MucModel } from "../converse-types.js";
import type { MessageError } from "./muc-hooks.js";

const keyOf = (room: RoomJid, id: string): string => `${room} ${id}`;

/** Tells Converse how a sending ended, where the outbox cares for the message. */
export class SendAnswers {
  /** Settle the answers that Converse waits for. */
  private readonly endings = new Map<string, (isDelivered: boolean) => void>();

  constructor(private readonly rooms: Rooms) {}

  /**
   * The room's last word about a message is Converse's to show, and ends the message here as well, however
   * late it is heard of.
   */
  isErrorOurs(
    desk: Desk,
    muc: MucModel,
    { from, msgid, error_condition: condition, error_type }: MessageError,
  ): boolean {
    if (!msgid) return false;
    const room = this.rooms.jidOf(muc);
    if (from === room && condition) {
      const error = { condition, type: error_type ?? "", by: null };
      const refused = { room, isPrivate: false };
      const ids = [msgid];
      if (judgeMessageError(error, refused) === "final") {
        desk.tell(room, { type: "bounced", ids, error, isPrivate: false });
      }
    }
    return isOurs(desk, room, msgid);
  }

  onTimedMessage(
    desk: Desk,
    muc: MucModel,
    stanza: Element,
    answer: Promise<unknown>,
  ): Promise<unknown> {
    const room = this.rooms.jidOf(muc);
    const id = stanza.getAttribute("id") ?? "";
    if (!isOurs(desk, room, id)) return answer;
    return new Promise((resolve, reject) => {
      this.endings.set(keyOf(room, id), (isDelivered) =>
        resolve(isDelivered ? stanza : errorFor(id)),
      );
      answer.then(
        (value) => isOurs(desk, room, id) || resolve(value),
        (error) => isOurs(desk, room, id) || reject(error),
      );
    });
  }

  /** A message was delivered, has failed, or is not cared for any more. */
  ended(room: RoomJid, id: string, isDelivered: boolean): void {
    const key = keyOf(room, id);
    this.endings.get(key)?.(isDelivered);
    this.endings.delete(key);
  }

  /** No answer comes any more. */
  clear(): void {
    for (const tell of this.endings.values()) tell(false);
    this.endings.clear();
  }
}

const isOurs = (desk: Desk, room: RoomJid, id: string): boolean =>
  find(desk.ask(room).outbox, id) !== undefined;

/** A stanza that Converse takes for a refusal. */
function errorFor(id: string): Element {
  const error = document.createElementNS("jabber:client", "message");
  error.setAttribute("type", "error");
  error.setAttribute("id", id);
  return error;
}
